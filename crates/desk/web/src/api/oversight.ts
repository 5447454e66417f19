/** What those see who watch over others: figures, and who did what. */

import type { DocId, Time, UnitRef } from './types'

export interface Figures {
  items: { unit: UnitRef; month: string; figures: Record<string, number> }[]
  words: Record<string, string>
  log_size: number
}

export interface AuditLine {
  index: number
  time: Time
  kind: string
  what: string
  by: string
  unit: UnitRef | null
  person: string | null
  device: string | null
  document: DocId | null
  detail: string
}
