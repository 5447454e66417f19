/** A list that the desk gives, asked for again whenever registers change. */

import { onMounted, ref, type Ref } from 'vue'
import { request } from '../api/asked'
import type { Problem } from '../api/problem'
import type { Items } from '../api/types'
import { onChanged } from '../state/live'

export function useItems<T>(ask: () => Promise<Items<T>>) {
  const items: Ref<T[] | null> = ref(null)
  const problem = ref<Problem | null>(null)

  async function load() {
    const answer = await request(ask)
    problem.value = answer.problem
    if (answer.value) items.value = answer.value.items
  }
  onMounted(load)
  onChanged(() => void load())
  return { items, problem, load }
}
