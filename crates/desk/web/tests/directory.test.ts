import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Unit } from '../src/api/types'
import { offices } from '../src/i18n/words/offices'
import { found, subtree, tree } from '../src/logic/directory'
import { completed, emptyDraft, isBlank, missing, tidied } from '../src/logic/draft'
import { initials, matches } from '../src/logic/pinyin'

function unit(code: string, name: string, parent: string | null = null, more = {}): Unit {
  return {
    code,
    name,
    parent,
    active: true,
    ready: true,
    own: false,
    world: null,
    pinyin: '',
    pinyin_full: '',
    ...more,
  }
}

describe('pinyin', () => {
  it.each([
    ['青石县人民政府', 'qsxrmzf'],
    ['重庆市', 'cqs'],
    ['长宁县', 'cnx'],
    ['厦门市', 'xms'],
    ['ABC局', 'abcj'],
    ['', ''],
    ['𠮷', 'j'],
  ])('%s is %s', (name, letters) => {
    expect(initials(name)).toMatch(new RegExp(`^${letters.replace('j', '[a-z]?')}$`, 'u'))
  })
  it('finds by letters, by characters and by code, never by half of each', () => {
    expect(matches('rmzf', '青石县人民政府')).toBe(true)
    expect(matches('人民', '青石县人民政府')).toBe(true)
    expect(matches('513201', '青石县', '513201-zf')).toBe(true)
    expect(matches('青rm', '青石县人民政府')).toBe(false)
  })
})

describe('the directory', () => {
  it('is a tree in which every unit stands once, even in a ring', () => {
    const units = [
      unit('a', '甲', 'b'),
      unit('b', '乙', 'a'),
      unit('c', '丙', 'a'),
      unit('d', '丁', 'x'),
      unit('e', '戊', 'e'),
    ]
    const count = (nodes: ReturnType<typeof tree>): number =>
      nodes.reduce((sum, node) => sum + 1 + count(node.children), 0)
    expect(count(tree(units))).toBe(units.length)
  })
  it('does not offer the own unit, nor one that cannot receive', () => {
    const nodes = tree([
      unit('a', '甲', null, { own: true }),
      unit('b', '乙', null, { ready: false }),
      unit('c', '丙'),
    ])
    expect(nodes.map((node) => node.disabled)).toEqual([true, true, false])
  })
  it('puts names that begin with what was typed first', () => {
    const units = [
      unit('a', '州教育局', null, { pinyin: 'zjyj' }),
      unit('b', '教育局', null, { pinyin: 'jyj', pinyin_full: 'jiao yu ju' }),
    ]
    expect(found(units, '教育', 9).map((one) => one.code)).toEqual(['b', 'a'])
    expect(found(units, 'jiaoyu', 9).map((one) => one.code)).toEqual(['b'])
    expect(found(units, '', 1)).toHaveLength(1)
  })
  it('is filtered by name', () => {
    expect(subtree({ unit: unit('a', '教育局') }, 'jyj')).toBe(true)
    expect(subtree({ unit: unit('a', '教育局') }, '财政')).toBe(false)
  })
})

describe('a draft', () => {
  it('lacks what was not entered, and a period where it is secret', () => {
    expect(missing(emptyDraft())).toEqual(['files', 'title', 'kind', 'level', 'urgency', 'to'])
    const draft = {
      ...emptyDraft(),
      files: ['f'],
      title: '题',
      kind: 'notice',
      urgency: 'ordinary',
      level: 'secret',
      to: ['a'],
    }
    expect(missing(draft)).toEqual(['months'])
    expect(missing({ ...draft, months: 12, number: { word: '', year: 2026, serial: 3 } })).toEqual([
      'number.word',
    ])
  })
  it('is whole again whatever was saved of it', () => {
    const whole = completed({ title: '题', metadata: { date: '今天' } as never })
    expect(whole.metadata.signatory).toBeNull()
    expect(whole.metadata.date).toBe('今天')
    expect(whole.to).toEqual([])
  })
  it('that has only what was chosen for it is not kept', () => {
    expect(isBlank({ ...emptyDraft(), kind: 'notice', urgency: 'ordinary' })).toBe(true)
    expect(isBlank({ ...emptyDraft(), title: '题' })).toBe(false)
  })
  it('is sent without blanks at the ends', () => {
    const sent = tidied({ ...emptyDraft(), title: ' 题 ', take_number: ' ' })
    expect(sent.title).toBe('题')
    expect(sent.take_number).toBeNull()
  })
})

describe('the roster', () => {
  it('has a word for every field that the desk tells', () => {
    const path = join(import.meta.dirname, '../../../../docs/openapi.json')
    const described = JSON.parse(readFileSync(path, 'utf8')) as {
      components: { schemas: Record<string, { properties: Record<string, unknown> }> }
    }
    const lists = ['UnitLine', 'AccountLine', 'DeviceLine', 'SealLine', 'OfficerLine']
    for (const list of [...lists, 'PolicyShown']) {
      const fields = Object.keys(described.components.schemas[list]?.properties ?? {})
      expect(fields.length, list).toBeGreaterThan(1)
      for (const field of fields) {
        expect(field in offices.roster.field, `${list}.${field}`).toBe(true)
      }
    }
  })
})
