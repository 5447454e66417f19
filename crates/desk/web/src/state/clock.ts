/** The time of the desk. The clock of a computer may be wrong; the desk says what time it is, and
 * pages count on from there. */

import { onScopeDispose, ref } from 'vue'

let ahead = 0

/** Takes the time that the desk told. */
export function tell(deskMs: number): void {
  if (Number.isFinite(deskMs)) ahead = deskMs - Date.now()
}

export function now(): number {
  return Date.now() + ahead
}

const tick = ref(now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The present, moving once a second while somebody looks. */
export function usePresent() {
  users += 1
  tick.value = now()
  timer ??= setInterval(() => {
    tick.value = now()
  }, 1_000)
  onScopeDispose(() => {
    users -= 1
    if (users === 0) {
      clearInterval(timer)
      timer = undefined
    }
  })
  return tick
}
