/** Looking through documents: what is sought, what a register lists, whom a line names. */

import { computed, ref } from 'vue'
import type { Query } from '../api/client'
import { registers } from '../api/desk'
import type { Line } from '../api/types'
import { say } from '../i18n'
import { plain } from '../logic/show'

/** How long nobody has typed before what was typed is sought. */
const PAUSE_MS = 300

/** The words that are sought, once whoever types them pauses. */
export function useSought() {
  const sought = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  function search(text: string) {
    clearTimeout(timer)
    timer = setTimeout(() => {
      sought.value = text.trim()
    }, PAUSE_MS)
  }
  return { sought, search }
}

export type Way = 'sent' | 'received'

/** The lines of a register, by what is filtered. */
export const linesOf = (way: () => Way, filters: () => Query) =>
  computed(() => {
    const [which, query] = [way(), filters()]
    return (cursor: string | undefined, signal: AbortSignal) =>
      registers.list(which, { ...query, cursor }, signal)
  })

/** Who sent what was received, or the first of those to whom it went; empty where nobody is. */
export function counterpart(line: Line, received: boolean, most: number): string {
  if (received) return plain(line.from?.name)
  const first = line.to.slice(0, most).map((unit) => plain(unit.name))
  const names = first.join('、')
  return line.to.length > most ? say('doc.andMore', { names, count: line.to.length }) : names
}
