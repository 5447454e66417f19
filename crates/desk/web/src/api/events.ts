/** What the desk tells by itself, in the stream of events. */

import type { Coded, DocId, Time, UnitRef } from './types'

export interface Notice {
  sequence: number
  kind: string
  text: string
  document: DocId | null
  unit: UnitRef | null
  urgent: boolean
  /** Whose duty it is. */
  for: Coded
  due: Time | null
  time: Time
}

export interface Progress {
  what: 'upload' | 'download' | 'closing' | 'evidence' | 'verify'
  document: DocId | null
  done: number
  total: number
}
