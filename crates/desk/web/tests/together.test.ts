import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp, nextTick, type Component } from 'vue'
import { listen } from '../src/api/client'
import type { ReplyField } from '../src/api/together'
import type { Document } from '../src/api/types'
import DocEvidence from '../src/components/DocEvidence.vue'
import { i18n } from '../src/i18n'
import { complete, copyOf, dayCode, emptyShift, isDay, isHours } from '../src/logic/duty'
import { completed, emptyDraft, MEETING, missing, tidied } from '../src/logic/draft'
import { choicesOf, isNumber, judgeField } from '../src/logic/reply'
import VerdictView from '../src/pages/evidence/VerdictView.vue'
import DocAssigning from '../src/pages/received/DocAssigning.vue'
import DocReply from '../src/pages/received/DocReply.vue'
import ReplyTable from '../src/pages/sent/ReplyTable.vue'
import DutyRoster from '../src/pages/staff/DutyRoster.vue'
import OwnSeals from '../src/pages/staff/OwnSeals.vue'
import StandIns from '../src/pages/staff/StandIns.vue'

/** Answers by path; what is not named is not there. */
function desk(answers: Record<string, [status: number, body: unknown]>) {
  listen({
    signedOut: vi.fn(),
    locked: vi.fn(async () => undefined),
    reached: vi.fn(),
    away: vi.fn(),
  })
  vi.stubGlobal(
    'fetch',
    vi.fn<typeof fetch>(async (path) => {
      const asked = String(path).replace('/api/v1', '')
      const [status, body] = answers[asked] ?? [404, { code: 'not-found', title: '没有此项' }]
      return new Response(JSON.stringify(body), { status })
    }),
  )
}

async function shown(component: Component, props: Record<string, unknown>) {
  const at = document.createElement('div')
  document.body.append(at)
  const app = createApp(component, props)
  app.use(i18n)
  app.mount(at)
  await settled()
  return at
}

/** Everything that was asked was answered. */
async function settled() {
  for (let turn = 0; turn < 6; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve))
    await nextTick()
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

const paper = (acts: string[]) => ({ id: 'd1', acts }) as unknown as Document

describe('a reply form', () => {
  const field = (name: string, more: Partial<ReplyField> = {}): ReplyField => ({
    name,
    kind: 'text',
    choices: [],
    required: false,
    ...more,
  })
  it.each([
    ['', 'name'],
    ['a=b', 'name'],
    ['甲\u0007', 'name'],
    ['长'.repeat(61), 'name'],
    ['参会人', null],
  ])('has a field named %j: %s', (name, expected) => {
    const one = field(name)
    expect(judgeField(one, [one])).toBe(expected)
  })
  it('has no two fields of one name, and choices where they belong', () => {
    const one = field('甲')
    expect(judgeField(one, [one, field(' 甲 ')])).toBe('twice')
    const choice = field('乙', { kind: 'choice', choices: ['一'] })
    expect(judgeField(choice, [choice])).toBe('choices')
    expect(choicesOf('一、二,二\n 三 ；')).toEqual(['一', '二', '三'])
  })
  it.each([
    ['1', true],
    ['-1.5', true],
    ['两人', false],
    ['1e3', false],
    ['1.', false],
    ['1234567890123', false],
    ['', false],
  ])('takes %j as a number: %s', (text, expected) => {
    expect(isNumber(text)).toBe(expected)
  })
  it('goes with a meeting notice only, and holds the draft back where it is wrong', () => {
    const draft = { ...emptyDraft(), kind: MEETING, reply_fields: [field('')] }
    expect(missing(draft)).toContain('form')
    expect(tidied(draft).reply_fields).toHaveLength(1)
    const other = { ...draft, kind: 'notice' }
    expect(missing(other)).not.toContain('form')
    expect(tidied(other).reply_fields).toEqual([])
  })
  it('is not in drafts of earlier releases, which open all the same', () => {
    const old: Partial<ReturnType<typeof emptyDraft>> = { title: '通知' }
    expect(completed(old)).toMatchObject({ title: '通知', reply_fields: [], jointly: [] })
  })
})

describe('a joint issue', () => {
  it('does not name a unit as issuer and as recipient', () => {
    const draft = { ...emptyDraft(), to: ['a'], jointly: ['b'] }
    expect(missing(draft)).not.toContain('jointly')
    expect(missing({ ...draft, copy: ['b'] })).toContain('jointly')
  })
})

describe('a duty roster', () => {
  it.each([
    ['18:00-08:30', true],
    ['00:00-24:00', true],
    ['25:00-26:00', false],
    ['08:00-08:00', false],
    ['8:00-9:00', false],
    ['', false],
  ])('has hours %j: %s', (text, expected) => {
    expect(isHours(text)).toBe(expected)
  })
  it.each([
    ['workdays', true],
    ['2026-10-01..2026-10-03', true],
    ['2026-10-01', true],
    ['someday', false],
    ['10-01', false],
  ])('has days %j: %s', (text, expected) => {
    expect(isDay(text)).toBe(expected)
  })
  it('is complete with a name, days, hours and people in each shift', () => {
    const shift = {
      ...emptyShift(),
      name: '夜班',
      days: ['every'],
      hours: '18:00-08:30',
      on: ['甲'],
    }
    expect(complete({ shifts: [shift], away: [] })).toBe(true)
    expect(complete({ shifts: [], away: [] })).toBe(false)
    expect(complete({ shifts: [shift, emptyShift()], away: [] })).toBe(false)
    expect(complete({ shifts: [shift], away: [{ who: '', days: '2026-10-01' }] })).toBe(false)
    expect(dayCode('工作日')).toBe('workdays')
    const copy = copyOf({ shifts: [shift], away: [] })
    copy.shifts[0]?.on.push('乙')
    expect(shift.on).toEqual(['甲'])
  })
  it('that is not there yet says what it is for', async () => {
    const now = { at: '', ms: 1 }
    desk({ '/duty': [200, { roster: null, now, shift: '', people: [], stand_in: false }] })
    const page = await shown(DutyRoster, {})
    expect(page.textContent).toContain('还没有值班表')
    expect(page.textContent).toContain('无人值班')
  })
  it('that the exchange cannot give tells so', async () => {
    desk({ '/duty': [503, { code: 'away', title: '连接不上交换中心' }] })
    const page = await shown(DutyRoster, {})
    expect(page.querySelector('[role=alert]')?.textContent).toContain('暂时连不上交换中心')
  })
})

describe('an act upon a list', () => {
  it('that was refused says so after the list was asked for again', async () => {
    const seal = { id: 's1', name: '办公室公章', device: '' }
    desk({
      '/own-seals': [200, { items: [seal] }],
      '/own-seals/s1/activate': [409, { code: 'YC-0211', title: '印章不可用' }],
    })
    const page = await shown(OwnSeals, {})
    const press = async (at: ParentNode, word: string) => {
      const buttons = [...at.querySelectorAll('button')]
      buttons.find((one) => one.textContent?.trim() === word)?.click()
      await settled()
    }
    await press(page, '启用')
    await press(document.querySelector('.el-message-box') ?? document, '启用')
    expect(page.querySelector('[role=alert]')?.textContent).toContain('印章不可用')
  })
})

describe('who may open a document', () => {
  const path = '/documents/d1/assignments'
  it('is named by who receives or manages, and by nobody else', async () => {
    desk({ [path]: [200, { items: [] }] })
    const mine = await shown(DocAssigning, { document: paper(['assign']) })
    expect(mine.querySelector('form')).not.toBeNull()
    const other = await shown(DocAssigning, { document: paper([]) })
    expect(other.querySelector('form')).toBeNull()
    expect(other.textContent).toContain('还没有指定')
  })
  it('is told with what was before, the newest first', async () => {
    const one = (index: number, accounts: string[]) => ({
      index,
      time: { at: '', ms: index },
      by: '513201-zf-js01',
      accounts,
    })
    desk({ [path]: [200, { items: [one(5, ['甲']), one(9, ['乙'])] }] })
    const page = await shown(DocAssigning, { document: paper([]) })
    const rows = [...page.querySelectorAll('tbody tr')].map((row) => row.textContent ?? '')
    expect(rows[0]).toContain('乙')
    expect(rows[0]).toContain('现行')
    expect(rows[1]).not.toContain('现行')
  })
})

describe('a reply to a meeting', () => {
  const fields: ReplyField[] = [
    { name: '<img src=x onerror=alert(1)>', kind: 'text', choices: [], required: true },
    { name: '用餐', kind: 'yes-no', choices: [], required: false },
  ]
  it('is filled in after the signing, and a stranger’s field is text', async () => {
    desk({ '/documents/d1/replies': [200, { fields, replied: 0, items: [] }] })
    const early = await shown(DocReply, { document: paper([]), fields })
    expect(early.querySelector('form')).toBeNull()
    expect(early.textContent).toContain('签收后可填写')
    const page = await shown(DocReply, { document: paper(['reply']), fields })
    expect(page.querySelector('img')).toBeNull()
    expect(page.textContent).toContain('<img src=x')
    // What must be filled in is not yet.
    expect(page.querySelector('button[type=submit]')?.hasAttribute('disabled')).toBe(true)
  })
  it('is counted, and a notice without a form is no mistake', async () => {
    const unit = { code: 'a', name: '甲县' }
    const item = { unit, account: null, time: null, readable: false, answers: {} }
    desk({ '/documents/d1/replies': [200, { fields, replied: 0, items: [item] }] })
    const page = await shown(ReplyTable, { id: 'd1' })
    expect(page.textContent).toContain('已回复 0 / 1')
    expect(page.textContent).toContain('未回复')
    desk({ '/documents/d1/replies': [422, { code: 'bad-request', title: '没有表单' }] })
    const without = await shown(ReplyTable, { id: 'd1' })
    expect(without.textContent).toContain('本通知没有回执表单')
    expect(without.querySelector('[role=alert]')).toBeNull()
  })
})

describe('standing in', () => {
  it('is for who approves to arrange, and says so to others', async () => {
    desk({ '/delegations': [200, { items: [] }] })
    const page = await shown(StandIns, {})
    expect(page.querySelector('form')).toBeNull()
    expect(page.textContent).toContain('没有委托代行')
  })
})

describe('evidence', () => {
  const verdict = {
    readable: true,
    why: null,
    valid: false,
    origin: 'other',
    own_origin: false,
    log_size: 7,
    log_root: 'ab',
    document: null,
    deliveries: [],
    checks: [
      { text: '信任根', outcome: 'failed', reason: '不是所信任的', index: null },
      { text: '文件', outcome: 'passed', reason: null, index: null },
    ],
    story: [],
    unproven: ['时间'],
  }
  it.each([
    [{}, '不能证明'],
    [{ own_origin: true }, '无效'],
    [{ own_origin: true, valid: true }, '有效'],
    [{ readable: false, why: '损坏' }, '不是可读的证据包'],
  ])('with %j is told as %s', async (more, said) => {
    const page = await shown(VerdictView, { verdict: { ...verdict, ...more }, name: 'x' })
    expect(page.querySelector('h2')?.textContent).toContain(said)
  })
  it('says what failed, and what it does not prove', async () => {
    const page = await shown(VerdictView, { verdict, name: 'x' })
    expect(page.textContent).toContain('不是所信任的')
    expect(page.textContent).toContain('本证据不能证明')
    expect(page.textContent).toContain('通过的检查（1 项）')
  })
  it('that cannot be made says why', async () => {
    desk({ '/documents/d1/evidence': [403, { code: 'no-standing', title: '未指定' }] })
    const page = await shown(DocEvidence, { id: 'd1' })
    page.querySelector<HTMLElement>('button')?.click()
    await new Promise((resolve) => setTimeout(resolve, 10))
    await nextTick()
    expect(page.querySelector('[role=alert]')?.textContent).toContain('no-standing')
  })
})
