/** After all journeys, with `npm run controls`: no page showed a control that nobody used. */

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXCUSED, keyOf, NOTES, readNotes, SHOTS, untouched, worded } from './controls'

test('the names of controls are the words of the pages, and the rest is data', () => {
  for (const [name, word] of [
    ['批准', '批准'],
    ['青石县人民政府.ofd', '…'],
    ['', ''],
    ['新建文件夹', '…'],
  ] as const) {
    expect(worded(name), name).toBe(word)
  }
  const noted = { used: false, dialog: '', role: 'button', name: '批准' }
  for (const [page, key] of [
    ['/approve/01942f3e-aaaa-7bbb-8ccc-0123456789ab', '/approve/:id · button · 批准'],
    ['/compose/new', '/compose/:id · button · 批准'],
    ['/supervision', '/supervision · button · 批准'],
  ] as const) {
    expect(keyOf({ ...noted, page })).toBe(key)
  }
})

test('what was shown and not used is told, what was used is not', () => {
  const by = (role: string) => new Set([role])
  const seen = new Map([
    ['/work · button · 去办理', by('fs01')],
    ['/work · button · 刷新', by('fs01')],
  ])
  const used = new Map([['/work · button · 去办理', by('sp01')]])
  expect(untouched({ seen, used })).toEqual(['/work · button · 刷新  (fs01)'])
})

test('every control that a page showed was used', () => {
  const record = readNotes()
  expect(record.seen.size, 'the pages have controls').toBeGreaterThan(100)
  expect(untouched(record)).toEqual([])
})

test('the screenshots that the manuals have as pictures were made', () => {
  const list = readFileSync(join(import.meta.dirname, 'pictures.json'), 'utf8')
  const shots = Object.values(JSON.parse(list) as Record<string, string>)
  const began = statSync(NOTES).birthtimeMs
  const made = (shot: string) =>
    statSync(join(SHOTS, `${shot}.png`), { throwIfNoEntry: false })?.mtimeMs ?? 0
  expect(shots.filter((shot) => made(shot) < began)).toEqual([])
})

test('nothing is excused that is used after all, or gone', () => {
  const { seen, used } = readNotes()
  for (const key of EXCUSED.keys()) {
    expect(seen.has(key), `${key} is shown nowhere`).toBe(true)
    expect(used.has(key), `${key} is used`).toBe(false)
  }
})
