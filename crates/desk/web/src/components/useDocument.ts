/** One document, asked for again whenever registers change. */

import { ref, watch, type Ref } from 'vue'
import { documents } from '../api/desk'
import { request } from '../api/asked'
import type { Problem } from '../api/problem'
import type { Document } from '../api/types'
import { onChanged } from '../state/live'

export function useDocument(id: Ref<string>) {
  const document = ref<Document | null>(null)
  const problem = ref<Problem | null>(null)

  async function load() {
    const asked = id.value
    const answer = await request(() => documents.one(asked))
    if (asked !== id.value) return
    problem.value = answer.problem
    if (answer.value) document.value = answer.value
  }
  watch(
    id,
    () => {
      document.value = null
      void load()
    },
    { immediate: true },
  )
  onChanged(() => void load())
  return { document, problem, load }
}

/** Runs one act at a time, and holds what went wrong with it. An act that was begun is not begun
 * once more; another one waits for its turn, and is never dropped without a word. */
export function useAct() {
  const busy = ref('')
  const refusal = ref<Problem | null>(null)
  const begun = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()

  async function one<T>(name: string, run: () => Promise<T>): Promise<T | null> {
    busy.value = name
    refusal.value = null
    const answer = await request(run)
    begun.delete(name)
    busy.value = [...begun].at(-1) ?? ''
    refusal.value = answer.problem
    return answer.value
  }

  function act<T>(name: string, run: () => Promise<T>): Promise<T | null> {
    if (begun.has(name)) return Promise.resolve(null)
    begun.add(name)
    busy.value = name
    const mine = last.then(() => one(name, run))
    last = mine.catch(() => undefined)
    return mine
  }
  return { busy, refusal, act }
}
