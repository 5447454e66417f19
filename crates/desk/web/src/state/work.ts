/** How much waits on each page, for the figures beside the navigation. */

import { shallowRef } from 'vue'
import { work as askWork } from '../api/desk'
import { request } from '../api/asked'
import type { Problem } from '../api/problem'
import type { PageName, WorkItem } from '../api/types'
import { tell } from './clock'

export const items = shallowRef<WorkItem[] | null>(null)
export const trouble = shallowRef<Problem | null>(null)
export const counts = shallowRef<Partial<Record<PageName, number>>>({})

/** The page on which a piece of work is done. */
export function pageOf(item: Pick<WorkItem, 'kind'>): PageName {
  switch (item.kind) {
    case 'approve':
    case 'supplement':
      return 'approve'
    case 'seal':
      return 'seal'
    case 'draft':
    case 'outgoing':
      return 'compose'
    case 'sign':
    case 'recall-notice':
    case 'reply':
      return 'received'
    case 'permission':
    case 'granted':
      return 'printing'
    case 'password':
      return 'settings'
    default:
      return 'sent'
  }
}

export function wayTo(item: WorkItem): string {
  const page = pageOf(item)
  if (page === 'settings' || page === 'printing') return `/${page}`
  if (page === 'compose') return item.draft ? `/compose/${item.draft}` : '/compose'
  // What is overdue may be a delivery of ours or one to us; who it came from tells which.
  const received = page === 'received' || (item.kind === 'overdue' && item.act === 'sign')
  return item.document ? `/${received ? 'received' : page}/${item.document}` : `/${page}`
}

/** The desk opens so many titles at a time, and is asked again while it gets on with them. */
let untitled = Infinity

export async function refresh(): Promise<void> {
  const answer = await request(askWork)
  trouble.value = answer.problem
  if (!answer.value) return
  tell(answer.value.now.ms)
  items.value = answer.value.items
  const found: Partial<Record<PageName, number>> = { work: answer.value.items.length }
  for (const item of answer.value.items) {
    const page = pageOf(item)
    if (page !== 'work') found[page] = (found[page] ?? 0) + 1
  }
  counts.value = found
  const lacking = answer.value.items.filter((it) => it.document && it.title === null).length
  const gotOn = lacking > 0 && lacking < untitled
  untitled = gotOn ? lacking : Infinity
  if (gotOn) void refresh()
}

export function forget() {
  items.value = null
  counts.value = {}
}
