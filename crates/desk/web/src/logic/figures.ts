/** Adding up the figures of units over months. */

import type { Figures, UnitRef } from '../api/types'

/** Of a month and unit alone: middles of several cannot be added up. */
export const MEDIAN = 'median-minutes'

/** The order in which figures are read: how much, how well, what went wrong. */
const ORDER = [
  'received',
  'signed-for',
  MEDIAN,
  'late',
  'overdue',
  'returned',
  'refused',
  'recalled',
  'moved',
  'looks-missed',
  'sent',
  'sent-to',
  'inquiries-missed',
]

/** The figures that any unit has, in reading order; those of a later version at the end. */
export function figuresInOrder(units: readonly Summed[], words: Record<string, string>): string[] {
  const used = new Set(units.flatMap((one) => Object.keys(one.figures)))
  const place = (name: string) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1)
  return Object.keys(words)
    .filter((name) => used.has(name))
    .sort((one, other) => place(one) - place(other))
}

export interface Summed {
  unit: UnitRef
  figures: Record<string, number>
}

export function byUnit(figures: Figures): Summed[] {
  const found = new Map<string, Summed>()
  const several = new Set(figures.items.map((item) => item.month)).size > 1
  for (const { unit, figures: counts } of figures.items) {
    const held = found.get(unit.code) ?? { unit, figures: {} }
    for (const [name, count] of Object.entries(counts)) {
      if (name === MEDIAN && several) continue
      held.figures[name] = (held.figures[name] ?? 0) + count
    }
    found.set(unit.code, held)
  }
  return [...found.values()]
}

export function byMonth(figures: Figures): { month: string; figures: Record<string, number> }[] {
  const found = new Map<string, Record<string, number>>()
  for (const { month, figures: counts } of figures.items) {
    const held = found.get(month) ?? {}
    for (const [name, count] of Object.entries(counts)) {
      if (name !== MEDIAN) held[name] = (held[name] ?? 0) + count
    }
    found.set(month, held)
  }
  return [...found]
    .map(([month, counts]) => ({ month, figures: counts }))
    .sort((one, other) => one.month.localeCompare(other.month))
}

/** `count` of `of`, as people write it; nothing of nothing is no rate. */
export function rate(count: number, of: number): string {
  return of > 0 ? `${((count * 100) / of).toFixed(1)} %` : '—'
}

/** The month that many before or after `month`, both as 2026-11. */
export function monthAway(month: string, by: number): string {
  const [year = 1970, number = 1] = month.split('-').map(Number)
  const months = year * 12 + number - 1 + by
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`
}
