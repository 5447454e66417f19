/** Printing and deleting by consent, and the codes of originals on paper. */

import { call, made, post } from './client'
import type { Paged } from './paged'
import type { Coded, DocId, Recorded, Time, UnitRef } from './types'

/** What was asked of the head about printing or deleting, and what came of it. */
export interface Asking {
  index: number
  time: Time
  document: DocId
  title: string | null
  permit: Coded
  copies: number | null
  account: string
  reason: string
  text: string | null
  standing: Coded
  decided_by: string | null
  numbers: string | null
}

export interface OnPaper {
  found: string
  text: string
  unit: UnitRef | null
  copy: number | null
  document: DocId | null
  time: Time | null
}

export interface Wish {
  permit: string
  copies?: number
  first?: number
  reason: number
  text?: string
}
export const printing = {
  list: (document?: DocId, cursor?: string) =>
    call<Paged<Asking>>('/permissions', { query: { document, cursor } }),
  ask: (d: DocId, wish: Wish) =>
    post<Recorded>(`/documents/${encodeURIComponent(d)}/permissions`, wish),
  decide: (index: number, granted: boolean) =>
    post<Recorded>(`/permissions/${index}/decide`, { granted }),
  make: (index: number) => made(`/permissions/${index}/print`, {}),
  delete: (index: number) => post<undefined>(`/permissions/${index}/delete`),
  resolve: (code: string) => post<OnPaper>('/copies/resolve', { code }),
}
