/** Which controls the pages showed in all journeys, and which of them somebody used: whatever is
 * shown has to do something, so a journey uses it and looks at what came of it. Decision 0028. */

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { zh, type Messages } from '../../crates/desk/web/src/i18n/messages'
import { note, TELL, type Noted } from './noting'

/** Where all journeys of one run write down what they noted; each process has a file. */
export const NOTES = join(import.meta.dirname, '../../target/controls')

/** Where pictures of pages go, for people to look at. */
export const SHOTS = join(import.meta.dirname, '../../target/screenshots')

/** What stands for a name that the page has from somebody: a title, a file, an office. */
const DATA = '…'

/** Words of the components that the pages are made of, and what is the same in every language. */
const OTHERS = new Set(['中文', 'English', '关闭此对话框'])

function sentences(of: Messages): string[] {
  return Object.values(of).flatMap((one) => (typeof one === 'string' ? [one] : sentences(one)))
}

const plainly = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`)
const WORDS = new Set(sentences(zh))
/** Sentences with gaps, the most telling ones first. */
const PATTERNS = [...WORDS]
  .filter((one) => /\{\w+\}/u.test(one) && one.replaceAll(/\{\w+\}|\W/gu, '').length >= 0)
  .map((one) => ({ one, said: one.replaceAll(/\{\w+\}/gu, '') }))
  .filter(({ said }) => /\p{Script=Han}{2}/u.test(said))
  .sort((one, other) => other.said.length - one.said.length)
  .map(({ one }) => {
    const parts = one.split(/\{\w+\}/u).map(plainly)
    return { one, fits: new RegExp(`^${parts.join('.+')}$`, 'u') }
  })

/** The words of a page that a name is made of; what is in no list of words is somebody's. */
export function worded(name: string): string {
  if (name === '' || WORDS.has(name) || OTHERS.has(name)) return name
  return PATTERNS.find(({ fits }) => fits.test(name))?.one ?? DATA
}

/** One document's page is any document's page. */
function pattern(page: string): string {
  return page.replaceAll(/\/(?:new|(?=[\w-]*\d)[\w-]{8,})(?=\/|$)/gu, '/:id')
}

/** What stays the same of a control from one day to the next. */
export function keyOf({ page, dialog, role, name }: Noted): string {
  const place = dialog ? `${pattern(page)} «${worded(dialog)}»` : pattern(page)
  return `${place} · ${role} · ${worded(name)}`
}

/** Has every page of a context tell what it shows and what is used, for one role. */
export async function watchControls(context: BrowserContext, role: string) {
  mkdirSync(NOTES, { recursive: true })
  const path = join(NOTES, `${process.pid}.jsonl`)
  const written = new Set<string>()
  await context.exposeFunction(TELL, (said: string) => {
    const noted = JSON.parse(said) as Noted
    const line = JSON.stringify({ role, used: noted.used, key: keyOf(noted) })
    if (written.has(line)) return
    written.add(line)
    appendFileSync(path, `${line}\n`)
  })
  await context.addInitScript(note, TELL)
}

/** Forgets what an earlier run noted. */
export function forgetNotes() {
  rmSync(NOTES, { recursive: true, force: true })
}

interface Line {
  role: string
  used: boolean
  key: string
}

export interface Record {
  /** Every control that was seen, and by whom. */
  seen: Map<string, Set<string>>
  used: Map<string, Set<string>>
}

/** Everything that the journeys noted. */
export function readNotes(): Record {
  const record: Record = { seen: new Map(), used: new Map() }
  const files = existsSync(NOTES) ? readdirSync(NOTES) : []
  const lines = files.flatMap((file) => readFileSync(join(NOTES, file), 'utf8').split('\n'))
  for (const line of lines.filter(Boolean)) {
    const { role, used, key } = JSON.parse(line) as Line
    const map = used ? record.used : record.seen
    map.set(key, (map.get(key) ?? new Set()).add(role))
  }
  return record
}

/** Controls that nobody has to use, each with its reason. */
export const EXCUSED = new Map<string, string>([])

/** What was shown and never used, one a line, by page. */
export function untouched({ seen, used }: Record): string[] {
  return [...seen]
    .filter(([key]) => !used.has(key) && !EXCUSED.has(key))
    .map(([key, roles]) => `${key}  (${[...roles].sort().join(' ')})`)
    .sort((one, other) => one.localeCompare(other))
}
