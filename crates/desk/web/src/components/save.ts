/** Saves a file that the desk has made, under a name of ours. */
export function save(file: Blob, name: string) {
  const link = window.document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // The browser reads it after this; the address goes once it has begun.
  setTimeout(() => {
    URL.revokeObjectURL(link.href)
  }, 60_000)
}
