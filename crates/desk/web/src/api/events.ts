/** What the desk tells by itself, in the stream of events. */

import type { DocId, Time, UnitRef } from './types'

export interface Notice {
  sequence: number
  kind: string
  text: string
  document: DocId | null
  unit: UnitRef | null
  urgent: boolean
  due: Time | null
  time: Time
}

export interface Progress {
  what: 'upload' | 'download' | 'closing'
  document: DocId | null
  done: number
  total: number
}
