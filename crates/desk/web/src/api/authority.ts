/** The authority's acts. Each takes the officer's password, which the desk wipes with the act. */

import { address, call, upload, type Query } from './client'
import type { Coded, Items, Time } from './types'

export interface AuthorityAct {
  sequence: number
  file: string
  signed: Time
  what: string
  records: { word: string; id: string; what: string }[]
  state: 'recorded' | 'to-submit' | 'incomplete' | 'complete' | 'overtaken'
  missing: number
}

export interface SealLevel {
  code: string
  text: string
  diameter_mm: number
  at_most: boolean
}

export interface AuthorityState {
  here: boolean
  origin: string | null
  acts: number
  to_submit: AuthorityAct[]
  pending: AuthorityAct[]
  overtaken: string[]
  makes_electronic_seals: boolean
  device_kinds: Coded[]
  seal_levels: SealLevel[]
  ceilings: Coded[]
  audiences: Coded[]
}

export interface Ticket {
  account: string
  device: string
  ticket: string
}

/** What was signed; tickets are shown once and never again. */
export interface SignedActs {
  acts: AuthorityAct[]
  tickets: Ticket[]
  to_revoke: string[]
}

export interface Submissions {
  items: { sequence: number; index: number }[]
  overtaken: string[]
}

export interface UnitEntered {
  code: string
  name: string
  parent?: string
  training?: boolean
}
export interface DeviceEntered {
  id: string
  responsible: string
  label: string
  kind?: string
  owner?: string
  place?: string
}
export interface AccountEntered {
  id: string
  person: string
  post: string
  roles: string[]
  devices: string[]
  opens_up_to?: string
}
export interface TicketEntered {
  account: string
  device: string
  valid_hours: number
  application?: string
}
export interface PersonEntered {
  id: string
  name: string
  office_phone: string
  mobile: string
}
/** What is opened or changed in one act. */
export interface Planned {
  units?: UnitEntered[]
  devices?: DeviceEntered[]
  accounts?: AccountEntered[]
  tickets?: TicketEntered[]
  people?: PersonEntered[]
  look_alikes?: string[]
}

export interface SealAsked {
  request?: string
  picture?: string
  level: string
  diameter_mm?: number
}
export interface SealJudged {
  custodian: string | null
  electronic: boolean
  request_fault: string | null
  diameter: number | null
  picture_faults: string[]
}
export interface SealEntered {
  id: string
  name: string
  request: string
  picture: string
  level: string
  diameter_mm?: number
  devices: string[]
  valid_days: number
  awaits_activation: boolean
  application?: string
}

export interface Rules {
  ceiling: string
  rule_set: number
  due_minutes: number[]
  password_days: number
  session_idle_minutes: number | null
  session_hours: number | null
  calendar: string | null
  reminders: string | null
  inquiry_minutes: number | null
  look_windows: string | null
}

export interface UnitsListed {
  file: string
  sheet?: string
  update: boolean
  look_alikes: string[]
}
export interface LineJudged {
  line: number
  code: string
  name: string
  outcome: 'opened' | 'changed' | 'unchanged' | 'refused'
  faults: { code: string; text: string; cure: string }[]
}
export interface ListJudged {
  lines: number
  opened: number
  changed: number
  unchanged: number
  refused: number
  ignored: string[]
  told: LineJudged[]
}

export type Standing = 'active' | 'suspended' | 'closed'

const part = encodeURIComponent
// A wrong password is an answer here, and not the end of the session.
const own = true
const signed = <R = SignedActs>(path: string, body: unknown) =>
  call<R>(`/authority${path}`, { method: 'POST', body, own })
const asked = <R>(path: string, body: unknown) =>
  call<R>(`/authority${path}`, { method: 'POST', body })

export const authority = {
  state: () => call<AuthorityState>('/authority'),
  acts: async (query: Query, signal?: AbortSignal) => {
    const page = await call<Items<AuthorityAct> & { next: string | null }>('/authority/acts', {
      query,
      signal,
    })
    return { items: page.items, next: page.next ?? undefined }
  },
  file: (name: string) => address(`/authority/acts/${part(name)}`),
  content: (id: string) => address(`/files/${part(id)}/content`),
  upload: (file: File) => upload<{ id: string }>('/files', file, { query: { name: file.name } }),

  checkPlan: (plan: Planned) => asked<undefined>('/plan/check', plan),
  plan: (plan: Planned, password: string) => signed('/plan', { plan, password }),
  closeUnit: (code: string, successor: string | undefined, password: string) =>
    signed(`/units/${part(code)}/close`, { ...(successor ? { successor } : {}), password }),
  splitUnit: (code: string, into: string[], password: string) =>
    signed(`/units/${part(code)}/split`, { into, password }),
  setAccount: (id: string, to: Standing, password: string) =>
    signed(`/accounts/${part(id)}/status`, { to, password }),
  withdrawDevice: (id: string, password: string) =>
    signed(`/devices/${part(id)}/withdraw`, { password }),

  checkSeal: (seal: SealAsked) => asked<SealJudged>('/seals/check', seal),
  issueSeal: (seal: SealEntered, password: string) => signed('/seals', { ...seal, password }),
  setSeal: (id: string, to: Standing, password: string) =>
    signed(`/seals/${part(id)}/status`, { to, password }),
  replaceSeal: (id: string, request: string, devices: string[], password: string) =>
    signed(`/seals/${part(id)}/replace`, { request, devices, password }),

  rules: () => call<Rules>('/authority/policy'),
  setRules: (rules: Rules, password: string) => signed('/policy', { rules, password }),
  setTime: (at: string, correct: boolean, annul: string[], password: string) =>
    signed('/time', { at, correct, annul, password }),

  checkList: (list: UnitsListed) => asked<ListJudged>('/import/check', list),
  importList: (list: UnitsListed, password: string) => signed('/import', { list, password }),

  submit: () => asked<Submissions>('/submit', {}),
  sync: () => asked<{ taken: number; overtaken: string[]; statements: number }>('/sync', {}),
  look: (file: string) => asked<AuthorityAct>('/look', { file }),
  cosign: (file: string, password: string) =>
    signed<{ act: AuthorityAct; added: boolean; file: string }>('/cosign', { file, password }),
  take: (file: string) => asked<AuthorityAct>('/take', { file }),
  forget: (name: string) =>
    call<undefined>(`/authority/pending/${part(name)}`, { method: 'DELETE' }),
}
