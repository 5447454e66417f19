/** What an office does together: assigning, meeting replies, standing in, handing over, duty. */

import { address, call, made, post } from './client'
import type { Coded, DocId, Items, Recorded, Signed, Time, UnitRef } from './types'

const id = encodeURIComponent

/** A unit that issues a document, and how far it has come there. */
export interface Issuer {
  unit: UnitRef
  ordinal: number
  approved: Signed | null
  sealed: Signed | null
  turn: boolean
}

export interface Assignment {
  index: number
  time: Time
  by: string
  accounts: string[]
}

export const assigning = {
  list: (d: DocId) => call<Items<Assignment>>(`/documents/${id(d)}/assignments`),
  set: (d: DocId, accounts: string[]) => post<Recorded>(`/documents/${id(d)}/assign`, { accounts }),
}

export type FieldKind = 'text' | 'number' | 'choice' | 'yes-no'
export const FIELD_KINDS: FieldKind[] = ['text', 'number', 'choice', 'yes-no']
/** A field of a meeting's reply form. */
export interface ReplyField {
  name: string
  kind: FieldKind
  choices: string[]
  required: boolean
}
export interface Replies {
  fields: ReplyField[]
  replied: number
  items: {
    unit: UnitRef
    account: string | null
    time: Time | null
    readable: boolean
    answers: Record<string, string>
  }[]
}

export const meeting = {
  reply: (d: DocId, answers: Record<string, string>) =>
    post<Recorded>(`/documents/${id(d)}/reply`, { answers }),
  replies: (d: DocId) => call<Replies>(`/documents/${id(d)}/replies`),
  export: (d: DocId, format: 'csv' | 'xlsx') =>
    address(`/documents/${id(d)}/replies/export`, { format }),
}

export interface Delegation {
  to: string
  of: string
  from: Time
  until: Time
  standing: Coded
}
export interface HandOver {
  list: string
  index: number
  time: Time
  from: string
  to: string
  taken: Time | null
}
export interface HandOverText {
  list: string
  text: string
}
export interface GivenDraft {
  number: number
  time: Time
  account: string
  words: string
  title: string | null
  files: string[]
  readable: boolean
}

export const staff = {
  delegations: () => call<Items<Delegation>>('/delegations'),
  delegate: (body: { to: string; from?: string; until: string }) =>
    post<Recorded>('/delegations', body),
  endDelegation: (to: string) => post<Recorded>('/delegations/end', { to }),
  handOvers: () => call<Items<HandOver>>('/hand-overs'),
  give: (to: string, text: string) => post<HandOverText>('/hand-overs', { to, text }),
  read: (list: string) => call<HandOverText>(`/hand-overs/${id(list)}`),
  take: (list: string) => post<Recorded>(`/hand-overs/${id(list)}/take`),
  drafts: () => call<Items<GivenDraft>>('/given-drafts'),
  giveDraft: (draft: string, text: string) => post<Recorded>('/given-drafts', { draft, text }),
  takeDraft: (number: number) => post<{ id: string }>(`/given-drafts/${number}/take`),
}

export interface DutyShift {
  name: string
  days: string[]
  hours: string
  on: string[]
  substitutes: string[]
}
export interface Away {
  who: string
  days: string
}
export interface DutyRoster {
  shifts: DutyShift[]
  away: Away[]
}
export interface Duty {
  roster: DutyRoster | null
  now: Time
  shift: string
  people: string[]
  stand_in: boolean
}

export const duty = {
  now: () => call<Duty>('/duty'),
  set: (roster: DutyRoster) => call<Recorded>('/duty', { method: 'PUT', body: roster }),
}

export interface WaitingSeal {
  id: string
  name: string
}
export interface Application {
  application: string
  time: Time
  wish: Coded
  account: string
  device: string
}
export const WISHES = ['seal', 'ticket', 'recovery'] as const

export const ownSeals = {
  waiting: () => call<Items<WaitingSeal>>('/own-seals'),
  activate: (seal: string) => post<Recorded>(`/own-seals/${id(seal)}/activate`),
  request: () => made('/own-seals/request', {}),
  applications: () => call<Items<Application>>('/applications'),
  apply: (body: { wish: string; account: string; device: string; reason: string }) =>
    post<{ application: string }>('/applications', body),
}
