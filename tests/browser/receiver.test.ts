/** 收文: everything that the pages offer to who receives. */

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, send } from './papers'
import { launch, Seat } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const PLACE = 2
const sent = (what: string, quota = 0) =>
  send(0, { title: `关于${what}的通知`, to: '513202-zf', ...(quota ? { quota } : {}) })

interface Now {
  state: { code: string }
  register_number: string | null
  deliveries: { facts: { code: string }[]; extension: object | null }[]
  notes: { text: string }[]
}

test('a document is fetched, looked into, noted upon, delayed, signed for and numbered', async () => {
  const title = `关于收文各项操作的通知${Date.now()}`
  const id = send(0, { title, to: '513202-zf' })
  const clerk = await Seat.taken(browser, PLACE, 'js01')
  const { page } = clerk
  clerk.forgive(/ERR_ABORTED|Failed to load resource/u)
  await clerk.open('/received')
  const rows = page.locator('main tbody tr')
  await clerk.choose('状态', '待接收')
  await rows.first().getByText('待接收').waitFor()
  await expect.poll(() => rows.filter({ hasText: '已签收' }).count()).toBe(0)
  await rows.first().focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/received\/.+/u)
  await clerk.open(`/received/${id}`)

  // A slow line, and somebody who will not wait.
  let go = () => {}
  const stopped = new Promise<void>((resolve) => {
    go = resolve
  })
  await page.route('**/fetch', async (route) => {
    await stopped
    await route.abort().catch(() => undefined)
  })
  await clerk.press('取件并查验')
  await clerk.press('取消')
  go()
  await page.unroute('**/fetch')
  await clerk.press('取件并查验')
  await clerk.says('查验结果')
  const now = () => clerk.json<Now>(`/documents/${id}`)
  expect((await now()).state.code).toBe('fetched')
  await page.getByText(/^逐项查验结果/u).click()
  await page.locator('.every li').first().waitFor()
  await clerk.press('看版面')
  await page.locator('figure img').first().waitFor()

  await page.getByRole('tab', { name: '附注' }).click()
  await page.getByRole('textbox', { name: '附注' }).fill('请财政局提出意见')
  await clerk.press('记入附注')
  await clerk.says('附注已记入')
  expect((await now()).notes.map((note) => note.text)).toEqual(['请财政局提出意见'])
  await page.getByRole('tab', { name: '公文要素' }).click()
  await clerk.says('发文机关署名')
  await page.getByRole('tab', { name: '办理经过' }).click()
  await page.getByRole('cell', { name: /取件/u }).first().waitFor()
  await page.getByRole('tab', { name: '文件' }).click()

  const more = () => clerk.press('申请延期')
  await clerk.goesBack('申请延期', more)
  await more()
  const asked = clerk.dialog('申请延期')
  const until = new Date(Date.now() + 72 * 3_600_000).toISOString()
  await clerk.date('延至', `${until.slice(0, 10)} 12:00`)
  await asked.getByLabel('说明').fill('须会同两个科室研究')
  await asked.getByRole('button', { name: '申请', exact: true }).click()
  await clerk.says(/已申请，日志序号/u)
  expect((await now()).deliveries[0]?.extension).toMatchObject({ decided: false })

  await clerk.goesBack('签收', () => clerk.press('签收'))
  await clerk.press('签收')
  await clerk.confirm('签收')
  await clerk.says(/已签收，日志序号/u)
  await clerk.press('登记编号')
  await clerk.says(/已登记，收文号/u)
  expect(await now()).toMatchObject({
    state: { code: 'signed-for' },
    register_number: expect.stringMatching(/收文〔\d{4}〕\d+号/u) as string,
  })
  await clerk.press('返回列表')
  await page.waitForURL(/#\/received$/u)
  // A title is known to who opened it, and found by it then.
  await page.getByRole('textbox', { name: '查标题、字号、单位' }).fill(title)
  await expect.poll(() => rows.count()).toBe(1)
  await clerk.leave()
})

test('a document is returned, refused outright, and a recall is answered', async () => {
  const [back, out, recalled] = ['退回', '拒收', '撤回通知'].map((what) => sent(what))
  for (const id of [back, recalled]) call(PLACE, 'js01', 'fetch', id ?? '')
  call(0, 'fs01', 'recall', recalled ?? '', '--reason', '3')
  const clerk = await Seat.taken(browser, PLACE, 'js01')
  // What was refused unseen has no files here.
  clerk.forgive(/status of 409/u)
  const now = (id = '') => clerk.json<Now>(`/documents/${id}`)
  for (const { id, button, title, act, said, state } of [
    {
      id: back,
      button: '退回',
      title: '退回公文',
      act: '退回',
      said: /已退回/u,
      state: 'returned',
    },
    { id: out, button: '拒收', title: '拒收公文', act: '拒收', said: /已拒收/u, state: 'refused' },
    {
      ...{ id: recalled, button: '答复撤回通知', title: '答复撤回通知', act: '答复' },
      ...{ said: /已答复/u, state: 'fetched' },
    },
  ]) {
    await clerk.open(`/received/${id}`)
    const open = () => clerk.press(button)
    await clerk.goesBack(title, open)
    await open()
    const dialog = clerk.dialog(title)
    await dialog.locator('.el-radio').last().click()
    await dialog.getByLabel('说明').fill('理由如附')
    await dialog.getByRole('button', { name: act, exact: true }).click()
    await clerk.says(said)
    expect((await now(id)).state.code, button).toBe(state)
  }
  const answered = (await now(recalled)).deliveries[0]?.facts.map((fact) => fact.code)
  expect(answered).toContain('answered-about-its-recall')
  await clerk.leave()
})

test('printing and deleting are asked for, decided and done, here and in the list', async () => {
  const [one, other] = [sent('打印和删除', 2), sent('只删除')]
  for (const id of [one, other]) {
    call(PLACE, 'js01', 'fetch', id ?? '')
    call(PLACE, 'js01', 'sign', id ?? '')
  }
  interface Asking {
    index: number
    permit: { code: string }
    standing: { code: string }
    copies: number | null
  }
  const clerk = await Seat.taken(browser, PLACE, 'js01')
  const { page } = clerk
  const askings = async (id = '') =>
    (await clerk.json<{ items: Asking[] }>(`/permissions?document=${id}`)).items
  const standing = async (id: string | undefined, permit: string) =>
    (await askings(id)).filter((it) => it.permit.code === permit).map((it) => it.standing.code)
  await clerk.open(`/received/${one}`)
  await page.getByRole('tab', { name: '打印与删除' }).click()
  const ask = async (kind: string, fill: Record<string, string>, reason = '办理需要') => {
    await clerk.choose('申请事项', kind)
    await clerk.choose('事由', reason)
    const form = page.locator('form.wish')
    for (const [field, value] of Object.entries(fill)) await form.getByLabel(field).fill(value)
    await clerk.press('提出申请')
    await clerk.says(/已申请，请负责人审批/u)
    await page.locator('.el-message').getByText('已申请').waitFor({ state: 'detached' })
  }
  await ask('打印正本', { 份数: '2', 说明: '会议用' })
  await ask('删除', {}, '已归档或保管期满')
  expect((await askings(one)).map((it) => [it.permit.code, it.copies])).toContainEqual([
    'print-originals',
    2,
  ])
  await clerk.open(`/received/${other}`)
  await page.getByRole('tab', { name: '打印与删除' }).click()
  for (const turn of [1, 2]) await ask('删除', { 说明: `第${turn}次` }, '已归档或保管期满')

  const head = await Seat.taken(browser, PLACE, 'sp01')
  await head.open('/printing')
  const rows = head.page.locator('main tbody tr').filter({ hasText: '只删除' })
  await rows.filter({ hasText: '第1次' }).getByRole('button', { name: '不同意' }).click()
  await head.confirm('不同意')
  await head.says(/已审批，日志序号/u)
  for (const row of [
    rows.filter({ hasText: '第2次' }),
    head.page.locator('main tbody tr').filter({ hasText: '打印和删除' }).first(),
    head.page.locator('main tbody tr').filter({ hasText: '打印和删除' }).last(),
  ]) {
    await row.getByRole('button', { name: '同意', exact: true }).click()
    await head.confirm('同意')
    await row.getByText('已同意').waitFor()
  }
  expect((await standing(other, 'delete')).sort()).toEqual(['granted', 'refused'])
  await head.leave()

  await clerk.open('/printing')
  const mine = (what: string) => page.locator('main tbody tr').filter({ hasText: what })
  await mine('打印和删除').first().getByRole('link').click()
  await page.waitForURL(new RegExp(`received/${one}`, 'u'))
  await page.getByRole('tab', { name: '打印与删除' }).click()
  const printed = await clerk.saves(async () => {
    await clerk.press('生成打印文件')
    await clerk.confirm('生成打印文件')
  })
  expect(printed.bytes.subarray(0, 5).toString()).toBe('%PDF-')
  const again = await clerk.saves(() => clerk.press('再次取打印文件'))
  expect(again.bytes.subarray(0, 5).toString()).toBe('%PDF-')
  // A sheet was spoilt; and when the originals are used up there are copies without a seal.
  await ask(
    '补印正本（份号不变）',
    { 份数: '1', 从第几份起: '2', 说明: '卡纸' },
    '打印故障，废页已销毁',
  )
  await clerk.open('/printing')
  const fetched = await clerk.saves(() =>
    mine('打印和删除').getByRole('button', { name: '再次取打印文件' }).click(),
  )
  expect(fetched.name).toBe(printed.name)

  await mine('只删除').getByRole('button', { name: '删除', exact: true }).click()
  await clerk.confirm('删除')
  await clerk.says('已删除')
  expect(await standing(other, 'delete')).toContain('done')
  await clerk.open(`/received/${one}`)
  await page.getByRole('tab', { name: '打印与删除' }).click()
  await page.locator('main table').getByRole('button', { name: '删除', exact: true }).click()
  await clerk.confirm('删除')
  await clerk.says('已删除')
  expect(await standing(one, 'delete')).toEqual(['done'])
  await page.locator('.el-message__closeBtn').first().click()
  clerk.forgive(/status of 4\d\d/u)
  expect((await clerk.ask(`/documents/${one}/parts/0`)).status).not.toBe(200)
  await clerk.leave()
})
