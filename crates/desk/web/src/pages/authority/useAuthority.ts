/** Whether acts of the authority are signed at this desk, and what waits of them. */

import { computed, ref } from 'vue'
import { request } from '../../api/asked'
import { authority, type AuthorityState } from '../../api/authority'
import type { Problem } from '../../api/problem'
import { mayAct } from '../../state/session'

const state = ref<AuthorityState | null>(null)
const problem = ref<Problem | null>(null)

async function load() {
  if (!mayAct('authority')) {
    state.value = null
    return
  }
  const answer = await request(authority.state)
  problem.value = answer.problem
  state.value = answer.value
}

/** Whether somebody who may sign sits at a desk that has the authority's home. */
const signs = computed(() => mayAct('authority') && Boolean(state.value?.here))

export function useAuthority() {
  return { state, problem, load, signs }
}
