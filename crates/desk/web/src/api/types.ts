/** What the desk answers and is asked, as `docs/openapi.json` has it. Names that come from other
 * offices are plain strings here and stay text on every page. */

import type { Issuer, ReplyField } from './together'

export type { AuditLine, Figures } from './oversight'

export interface Time {
  at: string
  ms: number
}
export interface Coded {
  code: string
  text: string
}
export interface UnitRef {
  code: string
  name: string
}
export type DocId = string
export interface Recorded {
  index: number
  time: Time
}
export interface Items<T> {
  items: T[]
}

export interface SessionState {
  state: 'signed-out' | 'signed-in' | 'locked'
  account?: string | null
  accounts: string[]
  idle_seconds: number
  locks_at?: Time | null
}

export type PageName =
  | 'work'
  | 'compose'
  | 'approve'
  | 'seal'
  | 'sent'
  | 'received'
  | 'printing'
  | 'registers'
  | 'archive'
  | 'supervision'
  | 'authority'
  | 'audit'
  | 'evidence'
  | 'staff'
  | 'settings'

export type Act =
  | 'authority'
  | 'assign'
  | 'reply'
  | 'delegate'
  | 'apply'
  | 'permission-ask'
  | 'permission-decide'
  | 'permission-carry'
  | 'compose'
  | 'submit'
  | 'withdraw'
  | 'approve'
  | 'refuse'
  | 'seal'
  | 'inquire'
  | 'acknowledge'
  | 'contact'
  | 'recall'
  | 'supplement'
  | 'supplement-decide'
  | 'resend'
  | 'more-copies'
  | 'fetch'
  | 'sign'
  | 'return'
  | 'refuse-delivery'
  | 'recall-answer'
  | 'extension-ask'
  | 'extension-decide'
  | 'register'
  | 'note'
  | 'number'
  | 'figures'
  | 'audit'

/** What is typed once more before it counts; never kept. */
export interface Secret {
  password: string
  /** Of the token that the key is on. */
  pin?: string
}

export interface OwnSeal {
  id: string
  name: string
  electronic: boolean
  /** The token that its key is on. */
  token: string | null
  width_mm: number | null
  height_mm: number | null
}

export interface Me {
  account: string
  unit: UnitRef
  roles: Coded[]
  device: string
  pages: PageName[]
  acts: Act[]
  password_until: Time | null
  language: 'zh' | 'en'
  seals: OwnSeal[]
}

export interface DeskState {
  exchange: 'connected' | 'away'
  since: Time
  now: Time
  server: string
  events: number
}

export interface Reason {
  code: number
  text: string
  needs_text: boolean
}

export interface Words {
  levels: Coded[]
  urgencies: Coded[]
  kinds: Coded[]
  roles: Coded[]
  return_reasons: Reason[]
  recall_reasons: Reason[]
  recall_replies: Reason[]
  permit_reasons: Reason[]
  contact_outcomes: Reason[]
  delivery_states: Coded[]
  stages: Coded[]
  limits: {
    files_max: number
    file_bytes_max: number
    recall_units_max: number
  }
}

export interface WorkItem {
  kind: string
  text: string
  document: DocId | null
  draft: string | null
  title: string | null
  number: string | null
  from: UnitRef | null
  unit: UnitRef | null
  urgency: Coded | null
  level: Coded | null
  due: Time | null
  since: Time | null
  overdue: boolean
  act: Act | null
}

export interface Unit {
  code: string
  name: string
  parent: string | null
  active: boolean
  ready: boolean
  own: boolean
  world: string | null
  pinyin: string
  pinyin_full: string
}

export interface Person {
  account: string
  person: string
  name: string | null
  post: string
  roles: Coded[]
  office_phone: string | null
  mobile: string | null
}

export interface Group {
  name: string
  units: string[]
}

export interface Finding {
  code?: string
  level?: string | null
  covered?: boolean
  place?: string
  excerpt?: string
  message: string
}

export interface FormatFinding {
  rule: string
  severity: string
  clause?: string | null
  message: string
}

export interface Inspection {
  readable: boolean
  kind: string | null
  version?: string | null
  pages?: number | null
  page_sizes_mm?: [number, number][]
  reason?: { code: string | number; message: string } | null
  marks?: { decision: string; findings: Finding[] } | null
  format?: { findings: FormatFinding[] } | null
  signatures?: unknown[]
  attachments?: { name: string; bytes: number; kind: string | null; decision: string }[]
}

export interface DeskFile {
  id: string
  name: string
  bytes: number
  sha256: string
  missing?: boolean
  inspection: Inspection
}

export const METADATA = [
  'copy_number',
  'issuer_mark',
  'signatory',
  'main_recipients',
  'annexes',
  'signed_by',
  'date',
  'remark',
  'copy_recipients',
  'printed_by',
  'print_date',
  'publication',
] as const
export type MetadataKey = (typeof METADATA)[number]
export type Metadata = Record<MetadataKey, string | null>
export interface Contact {
  name: string | null
  phone: string | null
}

export interface Draft {
  to: string[]
  copy: string[]
  jointly: string[]
  level: string
  months: number | null
  urgency: string
  kind: string
  number: { word: string; year: number; serial: number } | null
  take_number: string | null
  title: string
  metadata: Metadata
  contact: Contact
  print_quota: number
  valid_until: string | null
  replaces: DocId | null
  receipts_stand: boolean
  replies_to: DocId | null
  files: string[]
  reply_form: string | null
  reply_fields: ReplyField[]
}

export interface KeptDraft {
  id: string
  title: string | null
  updated: Time
  files: number
}
export interface Told {
  field: string
  text: string
}
export interface Checked {
  errors: Told[]
  warnings: Told[]
  to: UnitRef[]
  copy: UnitRef[]
}
export interface Departure {
  severity: string
  text: string
}
export interface Composed {
  id: DocId
  manifest: string
  number: string | null
  body_bytes: number
  departures: Departure[]
  to_declare: string[]
}
export interface Outgoing {
  id: DocId
  title: string | null
  number: string | null
  composed: Time
  bytes: number
}

export interface Line {
  id: DocId
  manifest: string
  direction: 'sent' | 'received'
  title: string | null
  number: string | null
  register_number: string | null
  /** The number in a register that the unit keeps by itself, as in its OA system. */
  own_number: string | null
  from: UnitRef | null
  to: UnitRef[]
  level: Coded
  urgency: Coded
  kind: Coded
  stage: Coded
  state: Coded | null
  counts: Record<string, number>
  attention: Coded[]
  composed: Time
  submitted: Time | null
  dispatched: Time | null
  due: Time | null
  overdue: boolean
  since: Time | null
  replaces: DocId | null
  replaced_by: DocId | null
}

export interface Part {
  index: number
  name: string
  media_type: string
  bytes: number
  sha256: string
  form: boolean
}

export interface Header {
  title: string
  metadata: Partial<Metadata> & { number?: string | null }
  contact: Contact
  parts: Part[]
}

export interface Delivery {
  unit: UnitRef
  role: Coded | null
  state: Coded
  facts: Coded[]
  since: Time
  hours: number
  due: Time | null
  late_ms: number | null
  overdue: boolean
  account: string | null
  person: string | null
  round: number
  return_reason: Coded | null
  more_copies: number
  extension: { until: Time; given: Time | null; decided: boolean } | null
  recall_answer: Coded | null
}

export interface Signed {
  account: string
  time: Time
}
export interface Note {
  index: number
  time: Time
  account: string
  kind: Coded
  text: string
}

export interface Document extends Line {
  period_months: number | null
  valid_until: Time | null
  replies_to: DocId | null
  recipients: { unit: UnitRef; role: Coded; print_quota: number }[]
  header: Header | null
  deliveries: Delivery[]
  issuers: Issuer[]
  approvals: Signed[]
  seals: Signed[]
  looks: Signed[]
  recalls: { index: number; account: string; time: Time; reason: Coded; units: UnitRef[] }[]
  supplements: {
    index: number
    account: string
    time: Time
    units: UnitRef[]
    granted: boolean | null
  }[]
  notes: Note[]
  acts: Act[]
}

export interface Happening {
  index: number
  time: Time
  what: string
  by: string
  detail: string
}

export interface OwnInspection {
  parts: { index: number; name: string; inspection: Inspection }[]
  to_declare: string[]
  departures: Departure[]
}

export interface Differences {
  replaces: DocId | null
  fields: { field: string; before: string | null; after: string | null }[]
  parts: { name: string; change: 'added' | 'removed' | 'changed' | 'same' }[]
}

export interface SealPlace {
  page: number
  x: number
  y: number
  width: number
  height: number
}

export interface Proposal {
  places: SealPlace[]
  pages: number
  page_sizes_mm: [number, number][]
  picture: { width_mm: number; height_mm: number }
}

export interface CheckLine {
  name: 'sender' | 'intact' | 'contents'
  ok: boolean | null
  text: string
  reasons: string[]
}

export interface Received {
  title: string | null
  header: Header | null
  may_sign: boolean
  lines: CheckLine[]
  checks: { code: string; text: string; outcome: string; reason: string | null }[]
  sealed: { index: number; name: string }[]
  closed: string | null
  form: ReplyField[]
}

export interface Call {
  index: number
  at: Time
  unit: UnitRef
  outcome: Coded
  text: string | null
  account: string
  recorded: Time
}

export interface NumberTaken extends Recorded {
  series: string
  year: number
  first: number
  count: number
  written: string
}

export interface Settings {
  language: 'zh' | 'en' | null
  idle_seconds: number
  device: string
  exchange: string
  accounts: string[]
}
