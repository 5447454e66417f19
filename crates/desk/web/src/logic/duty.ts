/** Duty rosters as they are filled in; the desk judges every line again. */

import type { Away, DutyRoster, DutyShift } from '../api/together'

export const DAY_WORDS = [
  'workdays',
  'restdays',
  'every',
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
  'sat',
  'sun',
] as const

const DATE = /^\d{4}-\d{2}-\d{2}(?:\.\.\d{4}-\d{2}-\d{2})?$/u
const HOURS = /^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/u

export const isDay = (text: string) =>
  (DAY_WORDS as readonly string[]).includes(text) || DATE.test(text)
export const isDate = (text: string) => DATE.test(text)
export const isHours = (text: string) => HOURS.test(text) && text.slice(0, 5) !== text.slice(6)

export const emptyShift = (): DutyShift => ({
  name: '',
  days: [],
  hours: '',
  on: [],
  substitutes: [],
})

/** Whether a shift lacks something. */
export const lacks = (shift: DutyShift) =>
  !shift.name.trim() || !shift.days.length || !isHours(shift.hours) || !shift.on.length

export const awayLacks = (away: Away) => !away.who.trim() || !isDate(away.days)

export const complete = (roster: DutyRoster) =>
  roster.shifts.length > 0 && !roster.shifts.some(lacks) && !roster.away.some(awayLacks)

/** A roster that nobody shares with the one it was made of. */
export const copyOf = (roster: DutyRoster | null): DutyRoster =>
  JSON.parse(JSON.stringify(roster ?? { shifts: [], away: [] })) as DutyRoster

const CHINESE: Readonly<Record<string, string>> = {
  工作日: 'workdays',
  休息日: 'restdays',
  每天: 'every',
  周一: 'mon',
  周二: 'tue',
  周三: 'wed',
  周四: 'thu',
  周五: 'fri',
  周六: 'sat',
  周日: 'sun',
}

/** A word for days as it is kept, whichever language it was written in. */
export const dayCode = (text: string) => CHINESE[text.trim()] ?? text.trim()
