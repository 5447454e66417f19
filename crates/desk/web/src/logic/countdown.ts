/** What is left until a due time, and how it is to be told. Times are milliseconds since 1970. */

/** How pressing it is; the page shows a word and a shape for each, never a colour alone. */
export type Press = 'calm' | 'soon' | 'over'

export interface Left {
  press: Press
  /** Of the time left, or of the time since it was due. */
  days: number
  hours: number
  minutes: number
  seconds: number
}

/** The last tenth of a limit is soon; where its length is not known, the last two hours. */
const SOON_SHARE = 0.1
const SOON_AT_LEAST_MS = 30 * 60_000
const SOON_UNKNOWN_MS = 2 * 3_600_000

export function left(dueMs: number, nowMs: number, beganMs?: number): Left {
  const ms = dueMs - nowMs
  const span = beganMs === undefined ? undefined : dueMs - beganMs
  const soon =
    span === undefined || span <= 0
      ? SOON_UNKNOWN_MS
      : Math.min(Math.max(span * SOON_SHARE, SOON_AT_LEAST_MS), span / 2)
  // A started second counts while it runs; a limit is over at its instant, not a second later.
  const whole = ms > 0 ? Math.ceil(ms / 1000) : Math.floor(Math.abs(ms) / 1000)
  return {
    press: ms <= 0 ? 'over' : ms <= soon ? 'soon' : 'calm',
    days: Math.floor(whole / 86_400),
    hours: Math.floor(whole / 3_600) % 24,
    minutes: Math.floor(whole / 60) % 60,
    seconds: whole % 60,
  }
}

export type Unit = 'd' | 'h' | 'm' | 's'

/** The two largest units that say something; seconds only in the last ten minutes. */
export function told(time: Left): [Unit, number][] {
  const all: [Unit, number][] = [
    ['d', time.days],
    ['h', time.hours],
    ['m', time.minutes],
  ]
  const long = time.days > 0 || time.hours > 0 || time.minutes >= 10
  if (!long)
    return [...(time.minutes ? [['m', time.minutes] as [Unit, number]] : []), ['s', time.seconds]]
  const first = all.findIndex(([, count]) => count > 0)
  return all.slice(first, first + 2).filter(([, count]) => count > 0)
}
