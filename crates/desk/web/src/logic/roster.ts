/** The lists of the roster come as records whose fields depend on the list; this shows any of them
 * as a table without knowing more than its form. */

import { moment, plain } from './show'

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A cell in words: codes with their text, times as times, lists with their parts. */
export function shown(value: unknown, yes: string, no: string): string {
  if (value === null || value === undefined || value === '') return '—'
  if (typeof value === 'boolean') return value ? yes : no
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return plain(value)
  if (Array.isArray(value)) {
    return value.length ? value.map((one) => shown(one, yes, no)).join('、') : '—'
  }
  if (!isRecord(value)) return '—'
  if (typeof value['ms'] === 'number') return moment(value['ms'])
  if (typeof value['text'] === 'string') return plain(value['text'])
  if (typeof value['name'] === 'string') return plain(value['name'])
  return Object.entries(value)
    .map(([key, one]) => `${key}: ${shown(one, yes, no)}`)
    .join('，')
}

/** The columns of a list: the keys of its rows in the order in which they first come. */
export function columnsOf(rows: readonly Record<string, unknown>[]): string[] {
  return [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)))]
}

/** Whether anything that is shown of `row` contains `typed`. */
export function contains(row: Record<string, unknown>, typed: string): boolean {
  const sought = typed.trim().toLowerCase()
  return (
    !sought ||
    Object.values(row).some((value) => shown(value, '', '').toLowerCase().includes(sought))
  )
}
