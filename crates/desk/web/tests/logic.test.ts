import { describe, expect, it } from 'vitest'
import type { Figures } from '../src/api/types'
import { left, told } from '../src/logic/countdown'
import { build, judge, parse } from '../src/logic/documentNumber'
import { concerns } from '../src/logic/notices'
import { byMonth, byUnit, figuresInOrder, monthAway, rate } from '../src/logic/figures'
import { dragged, moved, toMm, toPx, within } from '../src/logic/geometry'
import { judgePassword } from '../src/logic/password'
import { add, inOrder, type Recipient } from '../src/logic/recipients'
import { shown } from '../src/logic/roster'
import { bytes, plain } from '../src/logic/show'
import { isUrgent, toneOf } from '../src/logic/tone'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('a countdown', () => {
  const cases: [string, number, number | undefined, string, [string, number][]][] = [
    ['is over at its instant', 0, undefined, 'over', [['s', 0]]],
    ['counts a started second', 1, undefined, 'soon', [['s', 1]]],
    [
      'shows seconds in the last ten minutes',
      9 * MINUTE + 5_000,
      undefined,
      'soon',
      [
        ['m', 9],
        ['s', 5],
      ],
    ],
    [
      'shows two units at most',
      26 * HOUR + 61 * MINUTE,
      undefined,
      'calm',
      [
        ['d', 1],
        ['h', 3],
      ],
    ],
    ['leaves out units of nothing', 48 * HOUR, undefined, 'calm', [['d', 2]]],
    ['is soon in the last tenth', 47 * MINUTE, 8 * HOUR, 'soon', [['m', 47]]],
    ['is calm before the last tenth', 49 * MINUTE, 8 * HOUR, 'calm', [['m', 49]]],
    ['is not soon from the start of a short limit', 19 * MINUTE, 20 * MINUTE, 'calm', [['m', 19]]],
    [
      'tells by how much it is over',
      -95 * MINUTE,
      8 * HOUR,
      'over',
      [
        ['h', 1],
        ['m', 35],
      ],
    ],
  ]
  it.each(cases)('%s', (_, ms, span, press, words) => {
    const now = 1_795_665_600_000
    const time = left(now + ms, now, span === undefined ? undefined : now + ms - span)
    expect(time.press).toBe(press)
    expect(told(time)).toEqual(words)
  })
})

describe('a document number', () => {
  it.each([
    ['州府办发〔2026〕7号', '州府办发〔2026〕7号'],
    ['州府办发[2026]7号', '州府办发〔2026〕7号'],
    ['州府办发（２０２６）第１２号', '州府办发〔2026〕12号'],
    [' 州府办发〔2026〕 007 ', '州府办发〔2026〕7号'],
  ])('is read as people type it: %s', (text, written) => {
    const number = parse(text)
    expect(typeof number === 'string' ? number : build(number)).toBe(written)
  })
  it.each([
    ['', 'empty'],
    ['州府办发2026年7号', 'form'],
    ['〔2026〕7号', 'form'],
    ['州府〔26〕7号', 'year'],
    ['州府〔1948〕7号', 'year'],
    ['州府〔2026〕0号', 'serial'],
    ['州府〔2026〕七号', 'serial'],
    ['州府〔2026〕1000000号', 'serial'],
    ['州 府〔2026〕7号', 'word'],
    ['字'.repeat(21) + '〔2026〕7号', 'word'],
    ['州府〕2026〔7号', 'form'],
  ])('is refused: %s', (text, why) => {
    expect(parse(text)).toBe(why)
  })
  it('is judged while it is incomplete', () => {
    expect(judge({})).toBe('empty')
    expect(judge({ word: '州府', year: 2026 })).toBe('serial')
    expect(judge({ word: '州府', year: 2026, serial: 1.5 })).toBe('serial')
  })
})

describe('recipients', () => {
  const list: Recipient[] = [
    { unit: 'a', way: 'main', copies: 1 },
    { unit: 'b', way: 'copy', copies: 3 },
  ]
  it('are listed once, the own office never', () => {
    const merged = add(
      list,
      ['b', 'a', 'own', 'c', 'c', 'dead'],
      'copy',
      'own',
      (u) => u !== 'dead',
    )
    expect(merged.list.map((one) => `${one.unit}/${one.way}`)).toEqual([
      'a/main',
      'b/copy',
      'c/copy',
    ])
    expect(merged.dropped).toEqual([
      { unit: 'b', why: 'twice' },
      { unit: 'a', why: 'twice' },
      { unit: 'own', why: 'own' },
      { unit: 'c', why: 'twice' },
      { unit: 'dead', why: 'gone' },
    ])
  })
  it('are raised from copied to main and keep their copies', () => {
    expect(add(list, ['b'], 'main', 'own').list[1]).toEqual({ unit: 'b', way: 'main', copies: 3 })
  })
  it('stand with the main ones first, in the order of choosing', () => {
    const mixed: Recipient[] = ['x', 'y', 'z'].map((unit, at) => ({
      unit,
      way: at === 0 ? 'copy' : 'main',
      copies: 1,
    }))
    expect(inOrder(mixed).map((one) => one.unit)).toEqual(['y', 'z', 'x'])
  })
})

describe('the place of a seal', () => {
  const page = { width: 210, height: 297 }
  const seal = { width: 42, height: 42 }
  it('turns pixels into millimetres and back', () => {
    expect(toMm(420, 210, 840)).toBe(105)
    expect(toPx(105, 210, 840)).toBe(420)
    expect(toMm(1, 210, 0)).toBe(0)
    expect(toPx(1, 0, 840)).toBe(0)
  })
  it.each([
    [
      { x: -5, y: 10 },
      { x: 0, y: 10 },
    ],
    [
      { x: 200, y: 400 },
      { x: 168, y: 255 },
    ],
    [
      { x: 121.04, y: 187.06 },
      { x: 121, y: 187.1 },
    ],
  ])('stays on the page: %j', (from, to) => {
    expect(within(from, seal, page)).toEqual(to)
  })
  it('stays at the corner where it is larger than the page', () => {
    expect(within({ x: 9, y: 9 }, { width: 300, height: 300 }, page)).toEqual({ x: 0, y: 0 })
  })
  it('is dragged by what the picture shows, at any zoom', () => {
    const from = { x: 100, y: 100 }
    for (const scale of [0.5, 1, 3.7]) {
      const view = { width: 210 * scale, height: 297 * scale }
      expect(dragged(from, 20 * scale, -30 * scale, seal, page, view)).toEqual({ x: 120, y: 70 })
    }
  })
  it('is moved by arrow keys and by no other', () => {
    const slow = { shift: false, alt: false }
    expect(moved({ x: 5, y: 5 }, 'ArrowLeft', slow, seal, page)).toEqual({ x: 4, y: 5 })
    expect(moved({ x: 5, y: 5 }, 'ArrowUp', { shift: true, alt: false }, seal, page)).toEqual({
      x: 5,
      y: 0,
    })
    expect(moved({ x: 5, y: 5 }, 'ArrowRight', { shift: false, alt: true }, seal, page)).toEqual({
      x: 5.1,
      y: 5,
    })
    expect(moved({ x: 5, y: 5 }, 'Enter', slow, seal, page)).toBeNull()
    expect(moved({ x: 5, y: 5 }, 'constructor', slow, seal, page)).toBeNull()
  })
})

describe('a new password', () => {
  it.each([
    ['Ab1', 'short'],
    ['abcdefgh', 'classes'],
    ['abcdefg1', 'classes'],
    [' Abcdef12', 'blank'],
    ['Old-pass1', 'same'],
    ['Abcdefg1', null],
  ])('%s', (fresh, fault) => {
    expect(judgePassword('Old-pass1', fresh, fresh)).toBe(fault)
  })
  it('has to be typed twice alike', () => {
    expect(judgePassword('x', 'Abcdefg1', 'Abcdefg2')).toBe('differs')
    expect(judgePassword('x', 'Abcdefg1', '')).toBe('differs')
  })
})

describe('what is shown', () => {
  it('makes letters visible that turn or hide text', () => {
    expect(plain('报告\u202efdo.exe')).toBe('报告□fdo.exe')
    expect(plain('a\u200bb\u0000c\ufeff')).toBe('a□b□c□')
    expect(plain('两行\n不变')).toBe('两行\n不变')
    expect(plain(null)).toBe('')
  })
  it('says sizes as people do', () => {
    expect([1023, 1536, 1 << 20, 2 ** 30].map(bytes)).toEqual([
      '1023 B',
      '1.5 KiB',
      '1.0 MiB',
      '1.00 GiB',
    ])
  })
  it('tones states by their codes and never fails on a new one', () => {
    expect(toneOf('signed-for')).toBe('good')
    expect(toneOf('returned')).toBe('bad')
    expect(toneOf('something-new')).toBe('plain')
    expect(isUrgent('ordinary')).toBe(false)
    expect(isUrgent('most-urgent')).toBe(true)
  })
  it('shows a cell of the roster whatever it is', () => {
    expect(shown([{ code: 'send', text: '发文' }, 'x'], '是', '否')).toBe('发文、x')
    expect(shown({ a: { name: '甲' }, b: true }, '是', '否')).toBe('a: 甲，b: 是')
    expect(shown(undefined, '是', '否')).toBe('—')
  })
})

describe('figures', () => {
  const unit = { code: 'a', name: '甲' }
  const figures: Figures = {
    items: [
      { unit, month: '2026-10', figures: { sent: 2 } },
      { unit, month: '2026-09', figures: { sent: 3, late: 1 } },
    ],
    words: {},
    log_size: 9,
  }
  it('add up by office and by month', () => {
    expect(byUnit(figures)).toEqual([{ unit, figures: { sent: 5, late: 1 } }])
    expect(byMonth(figures).map((one) => one.month)).toEqual(['2026-09', '2026-10'])
  })
  it('never add up middles, and come in reading order', () => {
    const of = (month: string) => ({
      unit,
      month,
      figures: { sent: 1, received: 2, late: 0, 'median-minutes': 7 },
    })
    const words = { late: '迟办', 'median-minutes': '中位', received: '收到', sent: '发出' }
    const one = byUnit({ items: [of('2026-10')], words, log_size: 1 })
    expect(figuresInOrder(one, words)).toEqual(['received', 'median-minutes', 'late', 'sent'])
    expect(one[0]?.figures['median-minutes']).toBe(7)
    const two = byUnit({ items: [of('2026-09'), of('2026-10')], words, log_size: 1 })
    expect(two[0]?.figures['median-minutes']).toBeUndefined()
    expect(two[0]?.figures['received']).toBe(4)
  })
  it('give no rate of nothing', () => {
    expect(rate(0, 0)).toBe('—')
    expect(rate(1, 3)).toBe('33.3 %')
  })
  it.each([
    ['2026-01', -1, '2025-12'],
    ['2026-12', 1, '2027-01'],
    ['2026-11', -14, '2025-09'],
  ])('%s and %i months', (month, by, to) => {
    expect(monthAway(month, by)).toBe(to)
  })
})

describe('notices', () => {
  const roles = [{ code: 'send', text: '发文' }]
  const notice = (kind: string, audience: string) => ({ kind, for: { code: audience, text: '' } })
  it('are shown to whose duty it is', () => {
    expect(concerns(notice('returned', 'senders'), roles)).toBe(true)
    expect(concerns(notice('approval-waiting', 'approvers'), roles)).toBe(false)
    expect(concerns(notice('seal-waiting', 'custodians'), roles)).toBe(false)
    expect(concerns(notice('later', 'somebody-new'), roles)).toBe(true)
  })
  it('are not made of what was merely recorded', () => {
    expect(concerns(notice('recorded', 'senders'), roles)).toBe(false)
  })
})
