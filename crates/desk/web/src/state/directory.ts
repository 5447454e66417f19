/** The directory, asked for once and again when it changed. */

import { shallowRef } from 'vue'
import { directory } from '../api/desk'
import { request } from '../api/asked'
import type { Problem } from '../api/problem'
import type { Unit } from '../api/types'
import { plain } from '../logic/show'

export const units = shallowRef<ReadonlyMap<string, Unit>>(new Map())

export async function load(): Promise<Problem | null> {
  const answer = await request(directory.all)
  if (answer.value) units.value = new Map(answer.value.units.map((unit) => [unit.code, unit]))
  return answer.problem
}

/** The name of a unit, or its code where the directory does not know it. */
export function unitName(code: string): string {
  return plain(units.value.get(code)?.name ?? code)
}
