/** What a draft is before anything was entered, and what is missing of it. */

import { METADATA, type Draft, type Metadata } from '../api/types'
import { judge, type BadNumber } from './documentNumber'
import { judgeField } from './reply'

export function emptyDraft(): Draft {
  return {
    to: [],
    copy: [],
    jointly: [],
    level: '',
    months: null,
    urgency: '',
    kind: '',
    number: null,
    take_number: null,
    title: '',
    metadata: Object.fromEntries(METADATA.map((key) => [key, null])) as Metadata,
    contact: { name: null, phone: null },
    print_quota: 1,
    valid_until: null,
    replaces: null,
    receipts_stand: false,
    replies_to: null,
    files: [],
    reply_form: null,
    reply_fields: [],
  }
}

/** A saved draft may lack any field. */
export function completed(saved: Partial<Draft>): Draft {
  const whole = emptyDraft()
  for (const [key, value] of Object.entries(saved)) {
    if (value !== null && value !== undefined && key in whole) {
      Object.assign(whole, { [key]: value })
    }
  }
  whole.metadata = { ...emptyDraft().metadata, ...(saved.metadata ?? {}) }
  whole.contact = { ...emptyDraft().contact, ...(saved.contact ?? {}) }
  return whole
}

export type Missing =
  | 'files'
  | 'to'
  | 'title'
  | 'kind'
  | 'level'
  | 'months'
  | 'urgency'
  | 'form'
  | 'jointly'
  | `number.${BadNumber}`

/** The kind of document that may ask for replies. */
export const MEETING = 'meeting-notice'

/** What must be entered before the desk is asked to judge the rest. */
export function missing(draft: Draft): Missing[] {
  const found: Missing[] = []
  if (!draft.files.length) found.push('files')
  if (!draft.title.trim()) found.push('title')
  if (!draft.kind) found.push('kind')
  if (!draft.level) found.push('level')
  if (draft.level === 'secret' && !draft.months) found.push('months')
  if (!draft.urgency) found.push('urgency')
  if (draft.number) {
    const bad = judge(draft.number)
    if (bad) found.push(`number.${bad}`)
  }
  const asks = draft.kind === MEETING ? draft.reply_fields : []
  if (asks.some((field) => judgeField(field, asks))) found.push('form')
  const named = new Set([...draft.to, ...draft.copy])
  if (draft.jointly.some((unit) => named.has(unit))) found.push('jointly')
  if (!draft.to.length && !draft.copy.length) found.push('to')
  return found
}

/** Whether anything was entered that is worth keeping. */
export function isBlank(draft: Draft): boolean {
  return (
    JSON.stringify(draft) ===
    JSON.stringify({
      ...emptyDraft(),
      level: draft.level,
      kind: draft.kind,
      urgency: draft.urgency,
    })
  )
}

/** As the desk takes it: blanks at the ends and empty words are nothing. */
export function tidied(draft: Draft): Draft {
  const word = (text: string | null) => text?.trim() || null
  return {
    ...draft,
    title: draft.title.trim(),
    take_number: word(draft.take_number),
    reply_fields:
      draft.kind === MEETING
        ? draft.reply_fields.map((field) => ({ ...field, name: field.name.trim() }))
        : [],
    metadata: Object.fromEntries(
      METADATA.map((key) => [key, word(draft.metadata[key])]),
    ) as Metadata,
    contact: { name: word(draft.contact.name), phone: word(draft.contact.phone) },
  }
}
