/** What is made of what was entered for the authority. */

/** A field that may stay empty, which is left out then. */
export function kept<Name extends string>(
  name: Name,
  value: string | null | undefined,
): { [K in Name]?: string } {
  const text = value?.trim()
  return text ? ({ [name]: text } as { [K in Name]?: string }) : {}
}

/** The letters of an account's use, by its first role (规程三). */
const LETTERS: Readonly<Record<string, string>> = {
  send: 'fs',
  receive: 'js',
  approve: 'sp',
  seal: 'yz',
  manage: 'gl',
  archive: 'da',
  audit: 'sj',
  authority: 'db',
}

/** The id that an account gets: unit, use and the first free number. */
export function accountId(unit: string, role: string, taken: readonly string[]): string {
  const front = `${unit}-${LETTERS[role] ?? 'zh'}`
  for (let count = 1; count < 100; count += 1) {
    const id = `${front}${String(count).padStart(2, '0')}`
    if (!taken.includes(id)) return id
  }
  return front
}

/** The id that a computer gets. */
export function deviceId(unit: string, taken: readonly string[]): string {
  for (let count = 1; count < 100; count += 1) {
    const id = `${unit}-pc${String(count).padStart(2, '0')}`
    if (!taken.includes(id)) return id
  }
  return `${unit}-pc`
}

/** The unit to which an account, a computer or a seal belongs. */
export function unitOf(id: string): string {
  return id.split('-').slice(0, -1).join('-')
}
