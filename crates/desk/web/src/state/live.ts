/** What the desk tells by itself: whether the exchange is reached, what arrived, how far a long
 * act has come. */

import { onScopeDispose, reactive } from 'vue'
import { state as askState } from '../api/desk'
import { request } from '../api/asked'
import { address } from '../api/client'
import type { Notice, Progress } from '../api/events'
import { language } from './preferences'
import { tell } from './clock'

export const reach = reactive({
  exchange: 'unknown' as 'unknown' | 'connected' | 'away',
  desk: true,
  server: '',
})

export type Session = 'signed-in' | 'locked' | 'signed-out'

/** How often the state is asked for although the stream should tell it. */
const LOOK_MS = 30_000

const changed = new Set<() => void>()
const noticed = new Set<(notice: Notice) => void>()
const moved = new Set<(progress: Progress) => void>()

function listener<T>(to: Set<T>) {
  return (hear: T) => {
    to.add(hear)
    onScopeDispose(() => to.delete(hear))
  }
}

/** Calls when registers changed, so that a page asks again; ends with the component. */
export const onChanged = listener(changed)
export const onNotice = listener(noticed)
export const onProgress = listener(moved)

let stream: EventSource | undefined
let timer: ReturnType<typeof setInterval> | undefined
let soon: ReturnType<typeof setTimeout> | undefined

async function look() {
  const answer = await request(askState)
  if (!answer.value) return
  reach.exchange = answer.value.exchange
  reach.server = answer.value.server
  tell(answer.value.now.ms)
}

/** Many changes at once are one. */
function tellChanged() {
  clearTimeout(soon)
  soon = setTimeout(() => {
    for (const hear of changed) hear()
  }, 250)
}

function parsed<T>(event: Event): T | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as T
  } catch {
    return null
  }
}

export function startLive(onSession: (session: Session) => void) {
  if (stream) return
  void look()
  timer = setInterval(() => void look(), LOOK_MS)
  stream = new EventSource(address('/events', { lang: language.value }))
  stream.addEventListener('state', (event) => {
    const now = parsed<{ exchange: 'connected' | 'away'; session: Session }>(event)
    if (!now) return
    const back = reach.exchange === 'away' && now.exchange === 'connected'
    reach.exchange = now.exchange
    if (back) tellChanged()
    if (now.session !== 'signed-in') onSession(now.session)
  })
  stream.addEventListener('notice', (event) => {
    const notice = parsed<Notice>(event)
    if (notice) for (const hear of noticed) hear(notice)
  })
  stream.addEventListener('changed', tellChanged)
  stream.addEventListener('progress', (event) => {
    const progress = parsed<Progress>(event)
    if (progress) for (const hear of moved) hear(progress)
  })
}

export function stopLive() {
  stream?.close()
  stream = undefined
  clearInterval(timer)
  clearTimeout(soon)
}
