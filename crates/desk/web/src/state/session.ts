/** Who is at work. Nothing of it is kept in the browser: the desk holds the session, the browser an
 * unreadable cookie. */

import { computed, reactive, ref, shallowRef } from 'vue'
import { session as asked, settings, words as askWords } from '../api/desk'
import { listen } from '../api/client'
import { request } from '../api/asked'
import type { Problem } from '../api/problem'
import type { Act, Me, PageName, Secret, SessionState, Words } from '../api/types'
import { language, type Language } from './preferences'
import { reach, startLive, stopLive } from './live'

export type Phase = 'unknown' | 'out' | 'locked' | 'in'

export const session = reactive({
  phase: 'unknown' as Phase,
  account: '',
  accounts: [] as string[],
  /** How long without a touch until the desk locks itself. */
  idleSeconds: 1_800,
  /** Why the first look at the desk failed. */
  problem: null as Problem | null,
})

const nobody: Me = {
  account: '',
  unit: { code: '', name: '' },
  roles: [],
  device: '',
  pages: [],
  acts: [],
  password_until: null,
  language: 'zh',
  seals: [],
}

const held = shallowRef<Me>(nobody)
export const me = computed(() => held.value)
export const mayAct = (act: Act) => held.value.acts.includes(act)
export const mayOpen = (page: PageName) => held.value.pages.includes(page)

const noWords: Words = {
  levels: [],
  urgencies: [],
  kinds: [],
  roles: [],
  return_reasons: [],
  recall_reasons: [],
  recall_replies: [],
  permit_reasons: [],
  contact_outcomes: [],
  delivery_states: [],
  stages: [],
  limits: { files_max: 0, file_bytes_max: 0, recall_units_max: 0 },
}
export const words = ref<Words>(noWords)

let unlocked: (() => void)[] = []

async function take(state: SessionState) {
  session.accounts = state.accounts
  session.idleSeconds = state.idle_seconds
  if (state.account) session.account = state.account
  if (state.state === 'signed-out') {
    if (session.phase !== 'out') signedOut()
    return
  }
  if (state.state === 'locked') {
    session.phase = 'locked'
    stopLive()
    return
  }
  await enter()
}

async function enter() {
  const [who, lists] = await Promise.all([request(asked.me), request(askWords)])
  const problem = who.problem ?? lists.problem
  if (!who.value || !lists.value) {
    session.problem = problem
    return
  }
  session.problem = null
  held.value = who.value
  words.value = lists.value
  session.account = who.value.account
  session.phase = 'in'
  startLive((now) => {
    if (now === 'locked') session.phase = 'locked'
    else if (now === 'signed-out') signedOut()
  })
  const waiting = unlocked
  unlocked = []
  for (const resume of waiting) resume()
}

function signedOut() {
  stopLive()
  held.value = nobody
  unlocked = []
  session.phase = 'out'
}

listen({
  signedOut,
  locked: () => {
    session.phase = 'locked'
    stopLive()
    return new Promise((resume) => {
      unlocked.push(resume)
    })
  },
  reached: (reached) => {
    reach.desk = reached
  },
  away: () => {
    reach.exchange = 'away'
  },
})

/** Looks who is signed in; called once at the start. */
export async function begin(): Promise<void> {
  const answer = await request(asked.state)
  if (answer.value) await take(answer.value)
  else {
    session.problem = answer.problem
    session.phase = 'out'
  }
}

export async function signIn(account: string, secret: Secret): Promise<Problem | null> {
  const answer = await request(() => asked.begin(account, secret))
  if (answer.value) await take(answer.value)
  return answer.problem ?? session.problem
}

export async function unlock(secret: Secret): Promise<Problem | null> {
  const answer = await request(() => asked.unlock(secret))
  if (answer.value) await take(answer.value)
  return answer.problem ?? session.problem
}

export async function lock(): Promise<void> {
  const answer = await request(asked.lock)
  if (answer.value) await take(answer.value)
}

export async function signOut(): Promise<void> {
  await request(asked.end)
  signedOut()
  await begin()
}

export const changePassword = (account: string | undefined, old: Secret, fresh: string) =>
  request(() => asked.password(account, old, fresh)).then((answer) => answer.problem)

/** The words of pick lists come in the language that was asked for. */
export async function speak(chosen: Language) {
  language.value = chosen
  const lists = await request(askWords)
  if (lists.value) words.value = lists.value
  if (session.phase === 'in') {
    const who = await request(asked.me)
    if (who.value) held.value = who.value
    await request(() => settings.keep({ language: chosen }))
  }
}

/** Somebody is here: told to the desk at most once in this time, so that typing a long draft, which
 * asks the desk nothing, does not lock it. */
const TOUCH_MS = 60_000
let touched = 0

for (const kind of ['keydown', 'pointerdown']) {
  window.addEventListener(
    kind,
    () => {
      if (session.phase !== 'in' || Date.now() - touched < TOUCH_MS) return
      touched = Date.now()
      void request(asked.touch)
    },
    { passive: true },
  )
}
