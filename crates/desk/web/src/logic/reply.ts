/** Reply forms of meeting notices, as they are made and filled in; the desk judges both again. */

import type { ReplyField } from '../api/together'

/** A number as forms take it: up to 12 digits, up to 4 behind the point. */
export const isNumber = (text: string | undefined) =>
  /^-?\d{1,12}(?:\.\d{1,4})?$/u.test((text ?? '').trim())

/** What most meetings ask. */
export const usualFields = (names: { who: string; count: string; phone: string }): ReplyField[] => [
  { name: names.who, kind: 'text', choices: [], required: true },
  { name: names.count, kind: 'number', choices: [], required: true },
  { name: names.phone, kind: 'text', choices: [], required: true },
]

/** The choices that were typed, one in each line or divided by 、, none twice. */
export const choicesOf = (typed: string): string[] => [
  ...new Set(
    typed
      .split(/[\n、,，;；]/u)
      .map((one) => one.trim())
      .filter(Boolean),
  ),
]

export type BadField = 'name' | 'twice' | 'choices'

/** What is wrong with a field of a form; null where nothing is. */
export function judgeField(field: ReplyField, all: readonly ReplyField[]): BadField | null {
  const name = field.name.trim()
  if (!name || [...name].length > 60 || /[=\p{Cc}]/u.test(name)) return 'name'
  if (all.filter((one) => one.name.trim() === name).length > 1) return 'twice'
  const count = field.choices.length
  if (field.kind === 'choice' && (count < 2 || count > 32)) return 'choices'
  return null
}
