/** How figures and times are shown. Times are milliseconds since 1970, in the computer's zone. */

function two(count: number): string {
  return String(count).padStart(2, '0')
}

export function day(ms: number): string {
  const at = new Date(ms)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** Such as 2026-11-26 09:30; without seconds, as registers have it. */
export function moment(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '—'
  const at = new Date(ms)
  return `${day(ms)} ${two(at.getHours())}:${two(at.getMinutes())}`
}

export function exact(ms: number): string {
  return `${moment(ms)}:${two(new Date(ms).getSeconds())}`
}

export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`
  if (count < 1_048_576) return `${(count / 1_024).toFixed(1)} KiB`
  if (count < 1_073_741_824) return `${(count / 1_048_576).toFixed(1)} MiB`
  return `${(count / 1_073_741_824).toFixed(2)} GiB`
}

/** The characters that turn the direction of text or hide in it have no place in a shown name. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

/** A name, title or file name from elsewhere, with what would hide or turn letters made visible. */
export function plain(text: string | null | undefined): string {
  return (text ?? '').replace(HIDDEN, '\u25a1')
}
