/** What can be said of a new password before the desk judges it. */

export const PASSWORD_CHARACTERS_MIN = 8
const CLASSES_MIN = 3

export type PasswordFault = 'short' | 'classes' | 'same' | 'blank' | 'differs'

/** Small letters, capitals, figures, anything else. */
function classes(text: string): number {
  return [/[a-z]/u, /[A-Z]/u, /[0-9]/u, /[^a-zA-Z0-9]/u].filter((kind) => kind.test(text)).length
}

export function judgePassword(old: string, fresh: string, again: string): PasswordFault | null {
  if ([...fresh].length < PASSWORD_CHARACTERS_MIN) return 'short'
  if (fresh.trim() !== fresh) return 'blank'
  if (classes(fresh) < CLASSES_MIN) return 'classes'
  if (old && fresh === old) return 'same'
  return fresh === again ? null : 'differs'
}
