/** The pages, in the order of the navigation; an account sees those that the desk names. */
import { computed } from 'vue'
import type { PageName } from '../api/types'
import { me } from '../state/session'

export interface Group {
  key: string
  pages: PageName[]
}

const ALL: Group[] = [
  { key: 'mine', pages: ['work'] },
  { key: 'sending', pages: ['compose', 'approve', 'seal', 'sent'] },
  { key: 'receiving', pages: ['received'] },
  { key: 'books', pages: ['printing', 'registers', 'archive'] },
  { key: 'overseeing', pages: ['supervision', 'audit', 'evidence', 'authority'] },
  { key: 'desk', pages: ['staff', 'settings'] },
]

/** Pages that this version has something for; the desk may know more. */
const MADE = new Set<PageName>(ALL.flatMap((group) => group.pages))

export const groups = computed(() =>
  ALL.map((group) => ({
    ...group,
    pages: group.pages.filter((page) => MADE.has(page) && me.value.pages.includes(page)),
  })).filter((group) => group.pages.length > 0),
)
