/** OA systems: their tokens, what was done with these, and where events are posted. */

import { call } from './client'
import type { Coded, Items, Time } from './types'

export interface OaToken {
  id: string
  account: string
  system: string
  acts: Coded[]
  issued: Time
  until: Time
  state: 'good' | 'closed' | 'ended'
}

export interface OaState {
  /** Whether the account's tokens are honoured now. */
  open: boolean
  /** What the account can permit. */
  acts: Coded[]
  days_max: number
  tokens: OaToken[]
}

export interface OaLine {
  time: Time
  what: string
  account: string | null
  token: string | null
  system: string | null
  operation: string | null
  document: string | null
  outcome: string | null
}

export interface OaHook {
  name: string
  target: string
  url: string | null
  events: string[]
  audience: string[]
  urgency: string
  timeout_seconds: number
  at_desk: boolean
  waiting: number
  attempts: number
  next_try: Time | null
  failed: string | null
}

export interface NewHook {
  url: string
  ca?: string
  events: string[]
  password: string
}

const part = encodeURIComponent
// A wrong password is an answer here, and not the end of the session.
const own = true

export const oa = {
  state: () => call<OaState>('/oa'),
  issue: (body: { system: string; acts: string[]; days: number; password: string }) =>
    call<OaToken & { token: string }>('/oa/tokens', { method: 'POST', body, own }),
  revoke: (id: string) => call<undefined>(`/oa/tokens/${part(id)}`, { method: 'DELETE' }),
  open: (password: string) =>
    call<undefined>('/oa/open', { method: 'POST', body: { password }, own }),
  close: () => call<undefined>('/oa/close', { method: 'POST' }),
  log: (limit: number) => call<Items<OaLine>>('/oa/log', { query: { limit } }),
  hooks: () => call<Items<OaHook>>('/oa/hooks'),
  setHook: (name: string, body: NewHook) =>
    call<{ key: string | null }>(`/oa/hooks/${part(name)}`, { method: 'PUT', body, own }),
  dropHook: (name: string) => call<undefined>(`/oa/hooks/${part(name)}`, { method: 'DELETE' }),
  tryHook: (name: string) =>
    call<{ delivered: boolean; failed: string | null }>(`/oa/hooks/${part(name)}/try`, {
      method: 'POST',
    }),
}
