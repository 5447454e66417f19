/** The directory of offices: as a tree, and searched by what people type. */

import type { Unit } from '../api/types'
import { plain } from './show'
import { matches } from './pinyin'

export interface Node {
  code: string
  label: string
  unit: Unit
  disabled: boolean
  children: Node[]
}

/** Units under their parents; one whose parent is unknown, or its own, stands at the top. */
export function tree(units: readonly Unit[]): Node[] {
  const nodes = new Map<string, Node>()
  for (const unit of units) {
    nodes.set(unit.code, {
      code: unit.code,
      label: `${plain(unit.name)}  ${unit.code}`,
      unit,
      disabled: unit.own || !unit.active || !unit.ready,
      children: [],
    })
  }
  const top: Node[] = []
  for (const node of nodes.values()) {
    const parent = node.unit.parent === null ? undefined : nodes.get(node.unit.parent)
    if (parent && !leadsBack(node, parent, nodes)) parent.children.push(node)
    else top.push(node)
  }
  return top
}

/** Whether `parent` lies under `node`: a ring would hide its units from the tree. */
function leadsBack(node: Node, parent: Node, nodes: ReadonlyMap<string, Node>): boolean {
  let above: Node | undefined = parent
  for (let steps = 0; above && steps <= nodes.size; steps += 1) {
    if (above === node) return true
    above = above.unit.parent === null ? undefined : nodes.get(above.unit.parent)
  }
  return Boolean(above)
}

function meant(unit: Unit, typed: string): boolean {
  const sought = typed.trim().toLowerCase()
  return (
    matches(sought, unit.name, unit.code) ||
    unit.pinyin.toLowerCase().includes(sought) ||
    unit.pinyin_full.toLowerCase().replaceAll(' ', '').includes(sought.replaceAll(' ', ''))
  )
}

/** At most `most` units that `typed` may mean; those that begin with it come first. */
export function found(units: readonly Unit[], typed: string, most: number): Unit[] {
  const sought = typed.trim().toLowerCase()
  const all = units.filter((unit) => meant(unit, sought))
  const begins = (unit: Unit) =>
    unit.name.startsWith(sought) || unit.pinyin.toLowerCase().startsWith(sought) ? 0 : 1
  return all.sort((one, other) => begins(one) - begins(other)).slice(0, most)
}

/** For filtering the tree, in which a node knows its unit. */
export function subtree(node: { unit: Unit }, typed: string): boolean {
  return !typed.trim() || meant(node.unit, typed)
}
