/** A draft that is kept by the desk a moment after each change, so that a reload loses nothing. */

import { onScopeDispose, reactive, ref, watch } from 'vue'
import { onBeforeRouteLeave, useRouter } from 'vue-router'
import { drafts } from '../../api/desk'
import { request } from '../../api/asked'
import type { Problem } from '../../api/problem'
import { completed, emptyDraft, isBlank, tidied } from '../../logic/draft'
import { words } from '../../state/session'

const PAUSE_MS = 800

export type Keeping = 'fresh' | 'changed' | 'keeping' | 'kept' | 'failed'

export function useDraft(given: string | undefined) {
  const router = useRouter()
  const draft = reactive(emptyDraft())
  const keeping = ref<Keeping>('fresh')
  const problem = ref<Problem | null>(null)
  const missingFiles = ref<string[]>([])
  const ready = ref(false)
  let id = given
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> = Promise.resolve()
  let ended = false

  async function load() {
    if (id) {
      const held = id
      const answer = await request(() => drafts.one(held))
      problem.value = answer.problem
      if (!answer.value) return
      Object.assign(draft, completed(answer.value.draft))
      missingFiles.value = answer.value.missing_files
      keeping.value = 'kept'
    } else {
      // The usual case is chosen; a level never is, because somebody has to mean it.
      draft.kind = words.value.kinds.find((one) => one.code === 'notice')?.code ?? ''
      draft.urgency =
        words.value.urgencies.find((one) => ['none', 'ordinary'].includes(one.code))?.code ?? ''
    }
    ready.value = true
    watch(
      draft,
      () => {
        if (ended) return
        keeping.value = 'changed'
        clearTimeout(timer)
        timer = setTimeout(() => void keep(), PAUSE_MS)
      },
      { deep: true },
    )
  }

  async function once() {
    if (ended || (!id && isBlank(draft))) return
    keeping.value = 'keeping'
    const body = tidied(draft)
    const held = id
    if (held) {
      const answer = await request(() => drafts.keep(held, body))
      problem.value = answer.problem
    } else {
      const answer = await request(() => drafts.begin(body))
      problem.value = answer.problem
      if (answer.value) {
        id = answer.value.id
        // The address names the draft from now on; the page itself stays.
        history.replaceState(history.state, '', router.resolve(`/compose/${id}`).href)
      }
    }
    keeping.value = problem.value ? 'failed' : 'kept'
    if (problem.value) timer = setTimeout(() => void keep(), 10_000)
  }

  /** One after the other, so that an older state never overwrites a newer one. */
  function keep(): Promise<void> {
    clearTimeout(timer)
    running = running.then(once)
    return running
  }

  /** The draft has become a document: it is kept no longer. */
  async function finish() {
    ended = true
    clearTimeout(timer)
    await running
    const held = id
    if (held) await request(() => drafts.drop(held))
  }

  onBeforeRouteLeave(async () => {
    if (!ended && keeping.value !== 'kept' && keeping.value !== 'fresh') await keep()
  })
  function leaving() {
    if (keeping.value === 'changed') void keep()
  }
  window.addEventListener('pagehide', leaving)
  onScopeDispose(() => {
    clearTimeout(timer)
    window.removeEventListener('pagehide', leaving)
  })

  return { draft, keeping, problem, missingFiles, ready, load, keep, finish }
}
