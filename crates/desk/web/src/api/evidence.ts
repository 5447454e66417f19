/** Evidence bundles: made of a document, and verified. */

import { made, upload } from './client'
import type { Coded, DocId, Time, UnitRef } from './types'

export interface Verified {
  readable: boolean
  why: string | null
  valid: boolean
  origin: string | null
  own_origin: boolean
  log_size: number | null
  log_root: string | null
  document: {
    id: DocId
    manifest: string
    title: string | null
    number: string | null
    issuers: UnitRef[]
    kind: Coded
    level: Coded
    urgency: Coded
    stage: Coded
    parts: { name: string; bytes: number; sha256: string }[]
  } | null
  deliveries: {
    unit: UnitRef
    state: Coded | null
    due: Time | null
    ended: Time | null
    late_ms: number | null
  }[]
  checks: { text: string; outcome: string; reason: string | null; index: number | null }[]
  story: {
    index: number
    time: Time
    by: string
    person: string | null
    what: string
    detail: string | null
    stands: boolean
  }[]
  unproven: string[]
}

export const evidence = {
  make: (d: DocId, closed: boolean) =>
    made(`/documents/${encodeURIComponent(d)}/evidence`, { closed }),
  verify: (file: File, how: { signal?: AbortSignal; onProgress?: (share: number) => void }) =>
    upload<Verified>('/evidence/verify', file, how),
}
