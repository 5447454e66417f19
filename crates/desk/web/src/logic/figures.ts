/** Adding up the figures of units over months. */

import type { Figures, UnitRef } from '../api/types'

export interface Summed {
  unit: UnitRef
  figures: Record<string, number>
}

export function byUnit(figures: Figures): Summed[] {
  const found = new Map<string, Summed>()
  for (const { unit, figures: counts } of figures.items) {
    const held = found.get(unit.code) ?? { unit, figures: {} }
    for (const [name, count] of Object.entries(counts)) {
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
    for (const [name, count] of Object.entries(counts)) held[name] = (held[name] ?? 0) + count
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
