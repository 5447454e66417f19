/** One function for each thing that the desk can be asked. */

import { address, call, upload, type Query } from './client'
import type { Paged } from './paged'
import type * as T from './types'

type Signal = AbortSignal | undefined
const post = <R>(path: string, body: unknown = {}, signal?: Signal) =>
  call<R>(path, { method: 'POST', body, signal })
const get = <R>(path: string, query: Query = {}, signal?: Signal) =>
  call<R>(path, { query, signal })
const id = encodeURIComponent

interface Page<R> {
  items: R[]
  next: string | null
  total: number
  untitled?: number
}

async function paged<R>(path: string, query: Query, signal: Signal): Promise<Paged<R>> {
  const page = await get<Page<R>>(path, query, signal)
  return { ...page, next: page.next ?? undefined }
}

const own = { own: true } as const
export const session = {
  state: () => call<T.SessionState>('/session', own),
  begin: (account: string, secret: T.Secret) =>
    call<T.SessionState>('/session', { ...own, method: 'POST', body: { account, ...secret } }),
  unlock: (secret: T.Secret) =>
    call<T.SessionState>('/session/unlock', { ...own, method: 'POST', body: secret }),
  lock: () => call<T.SessionState>('/session/lock', { ...own, method: 'POST', body: {} }),
  touch: () => call<T.SessionState>('/session/touch', { ...own, method: 'POST', body: {} }),
  end: () => call<undefined>('/session', { ...own, method: 'DELETE' }),
  password: (account: string | undefined, { password: old, pin }: T.Secret, fresh: string) =>
    call<undefined>('/session/password', {
      ...own,
      method: 'POST',
      body: { ...(account ? { account } : {}), ...(pin ? { pin } : {}), old, new: fresh },
    }),
  me: () => call<T.Me>('/me', own),
}

export const state = () => call<T.DeskState>('/state', own)
export const words = () => call<T.Words>('/words', own)
export const work = () => get<{ items: T.WorkItem[]; now: T.Time }>('/work')

export const directory = {
  all: () => get<{ units: T.Unit[] }>('/directory'),
  people: (unit: string) => get<T.Items<T.Person>>(`/directory/units/${id(unit)}/people`),
  groups: () => get<T.Items<T.Group>>('/directory/groups'),
  keepGroups: (items: T.Group[]) =>
    call<undefined>('/directory/groups', { method: 'PUT', body: { items } }),
}

export const files = {
  add: (file: File, how: { signal?: AbortSignal; onProgress?: (share: number) => void }) =>
    upload<T.DeskFile>('/files', file, { ...how, query: { name: file.name } }),
  one: (file: string, level?: string) => get<T.DeskFile>(`/files/${id(file)}`, { level }),
  all: () => get<T.Items<T.DeskFile>>('/files'),
  drop: (file: string) => call<undefined>(`/files/${id(file)}`, { method: 'DELETE' }),
  picture: (file: string, page: number, width: number) =>
    address(`/files/${id(file)}/pages/${page}`, { width }),
}

export const drafts = {
  all: () => get<T.Items<T.KeptDraft>>('/drafts'),
  one: (draft: string) =>
    get<{ id: string; updated: T.Time; draft: T.Draft; missing_files: string[] }>(
      `/drafts/${id(draft)}`,
    ),
  begin: (draft: T.Draft) => post<{ id: string }>('/drafts', draft),
  keep: (draft: string, body: T.Draft) =>
    call<undefined>(`/drafts/${id(draft)}`, { method: 'PUT', body }),
  drop: (draft: string) => call<undefined>(`/drafts/${id(draft)}`, { method: 'DELETE' }),
}

export const compose = {
  check: (draft: T.Draft, signal?: Signal) => post<T.Checked>('/compose/check', draft, signal),
  close: (draft: T.Draft, signal?: Signal) => post<T.Composed>('/compose', draft, signal),
  outgoing: () => get<T.Items<T.Outgoing>>('/outgoing'),
  submit: (document: T.DocId, signal?: Signal) =>
    post<T.Recorded>(`/outgoing/${id(document)}/submit`, {}, signal),
  forget: (document: T.DocId) => call<undefined>(`/outgoing/${id(document)}`, { method: 'DELETE' }),
}

const at = (document: T.DocId, tail = '') => `/documents/${id(document)}${tail}`

export const documents = {
  list: (query: Query, signal?: Signal) => paged<T.Line>('/documents', query, signal),
  one: (document: T.DocId) => get<T.Document>(at(document)),
  history: (document: T.DocId) => get<T.Items<T.Happening>>(at(document, '/history')),
  inspection: (document: T.DocId) => get<T.OwnInspection>(at(document, '/inspection')),
  differences: (document: T.DocId) => get<T.Differences>(at(document, '/differences')),
  part: (document: T.DocId, part: number) => address(at(document, `/parts/${part}`)),
  sealed: (document: T.DocId, part: number) => address(at(document, `/sealed/${part}`)),
  picture: (document: T.DocId, page: number, how: { part: number; sealed: 0 | 1; width: number }) =>
    address(at(document, `/pages/${page}`), how),
}

/** Acts upon documents. Each is recorded in the log and says where. */
export const acts = {
  withdraw: (d: T.DocId) => post<T.Recorded>(at(d, '/withdraw')),
  approve: (d: T.DocId, declare_read: boolean) =>
    post<T.Recorded>(at(d, '/approve'), { declare_read }),
  refuse: (d: T.DocId, opinion: string) => post<T.Recorded>(at(d, '/refuse'), { opinion }),
  proposal: (d: T.DocId, body: { seal?: string; across?: boolean; places?: T.SealPlace[] }) =>
    post<T.Proposal>(at(d, '/seal/proposal'), body),
  seal: (
    d: T.DocId,
    body: {
      seal?: string
      places?: T.SealPlace[]
      across?: boolean
      unplaced?: boolean
    } & Partial<T.Secret>,
  ) => post<T.Recorded & { places: number; electronic: boolean }>(at(d, '/seal'), body),
  inquire: (d: T.DocId) => post<T.Recorded & { deliveries: T.Delivery[] }>(at(d, '/inquire')),
  acknowledge: (d: T.DocId, unit: string) => post<T.Recorded>(at(d, '/acknowledge'), { unit }),
  contact: (d: T.DocId, body: { unit: string; outcome: number; text?: string; at?: string }) =>
    post<T.Recorded>(at(d, '/contacts'), body),
  contacts: (d: T.DocId) => get<T.Items<T.Call>>(at(d, '/contacts')),
  recall: (d: T.DocId, body: { units?: string[]; reason: number; text?: string }) =>
    post<T.Recorded & { clean: T.UnitRef[]; noticed: T.UnitRef[] }>(at(d, '/recall'), body),
  supplement: (d: T.DocId, body: { to: string[]; copy: string[]; print_quota: number }) =>
    post<T.Recorded>(at(d, '/supplement'), body),
  decideSupplement: (d: T.DocId, index: number, grant: boolean) =>
    post<T.Recorded>(at(d, '/supplement/decide'), { index, grant }),
  resend: (d: T.DocId, unit: string) => post<T.Recorded>(at(d, '/resend'), { unit }),
  moreCopies: (d: T.DocId, unit: string, copies: number) =>
    post<T.Recorded>(at(d, '/more-copies'), { unit, copies }),
  decideExtension: (d: T.DocId, unit: string, until: string | null) =>
    post<T.Recorded>(at(d, '/extension/decide'), { unit, until }),
  fetch: (d: T.DocId, signal?: Signal) => post<T.Received>(at(d, '/fetch'), {}, signal),
  received: (d: T.DocId) => get<T.Received>(at(d, '/received')),
  sign: (d: T.DocId) => post<T.Recorded>(at(d, '/sign')),
  return: (d: T.DocId, reason: number, text: string) =>
    post<T.Recorded>(at(d, '/return'), { reason, ...(text ? { text } : {}) }),
  refuseDelivery: (d: T.DocId, reason: number, text: string) =>
    post<T.Recorded>(at(d, '/refuse-delivery'), { reason, ...(text ? { text } : {}) }),
  answerRecall: (d: T.DocId, answer: number, text: string) =>
    post<T.Recorded>(at(d, '/recall-answer'), { answer, ...(text ? { text } : {}) }),
  askExtension: (d: T.DocId, until: string, text: string) =>
    post<T.Recorded>(at(d, '/extension'), { until, text }),
  register: (d: T.DocId) => post<T.NumberTaken>(at(d, '/register')),
  note: (d: T.DocId, kind: 'opinion' | 'register', text: string) =>
    post<T.Recorded>(at(d, '/notes'), { kind, text }),
}

export const sealPicture = (seal: string) => address(`/seals/${id(seal)}/picture`)

export const registers = {
  list: (way: 'sent' | 'received', query: Query, signal?: Signal) =>
    paged<T.Line>(`/registers/${way}`, query, signal),
  export: (way: 'sent' | 'received', format: 'csv' | 'xlsx', query: Query) =>
    address(`/registers/${way}/export`, { ...query, format }),
}

export const figures = (from: string, to: string, below: 0 | 1) =>
  get<T.Figures>('/figures', { from, to, below })
export const audit = (query: Query, signal?: Signal) => paged<T.AuditLine>('/audit', query, signal)

export type RosterList = 'units' | 'accounts' | 'devices' | 'seals' | 'officers'
export const roster = {
  list: (which: RosterList, query: Query = {}) =>
    get<T.Items<Record<string, unknown>> & { total: number }>(`/roster/${which}`, query),
  policy: () => get<Record<string, unknown> | null>('/roster/policy'),
  history: (query: Query, signal?: Signal) =>
    paged<{ index: number; recorded: T.Time; by: string; what: string; about: string[] }>(
      '/roster/history',
      query,
      signal,
    ),
}

export const settings = {
  all: () => get<T.Settings>('/settings'),
  keep: (body: { language?: 'zh' | 'en'; idle_seconds?: number }) =>
    call<undefined>('/settings', { method: 'PUT', body }),
}
