/** Who gets a document: main recipients 主送 and copied ones 抄送, each unit once. */

export type Way = 'main' | 'copy'

export interface Recipient {
  unit: string
  way: Way
  /** How many copies the unit may print. */
  copies: number
}

export type Dropped = { unit: string; why: 'twice' | 'own' | 'gone' }

export interface Merged {
  list: Recipient[]
  dropped: Dropped[]
}

export const COPIES_DEFAULT = 1

/**
 * Adds `units` to `list` in their order. A unit that is there already stays where it is, except
 * that a main recipient is never made a copied one by choosing a group; the own unit and units that
 * no longer stand are left out, and the page says so.
 */
export function add(
  list: readonly Recipient[],
  units: readonly string[],
  way: Way,
  own: string,
  stands: (unit: string) => boolean = () => true,
): Merged {
  const merged = [...list]
  const dropped: Dropped[] = []
  for (const unit of units) {
    if (unit === own) {
      dropped.push({ unit, why: 'own' })
      continue
    }
    if (!stands(unit)) {
      dropped.push({ unit, why: 'gone' })
      continue
    }
    const at = merged.findIndex((known) => known.unit === unit)
    const held = merged[at]
    if (!held) merged.push({ unit, way, copies: COPIES_DEFAULT })
    else if (held.way === 'copy' && way === 'main') merged[at] = { ...held, way }
    else dropped.push({ unit, why: 'twice' })
  }
  return { list: merged, dropped }
}

/** The main recipients first, each group in the order in which it was chosen. */
export function inOrder(list: readonly Recipient[]): Recipient[] {
  return [
    ...list.filter((recipient) => recipient.way === 'main'),
    ...list.filter((recipient) => recipient.way === 'copy'),
  ]
}
