/** 发文: everything that the pages offer to who sends, each act with what came of it. */

import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, drop, fixture, send, type Delivered } from './papers'
import { chooseInEveryWay } from './recipients'
import { launch, Seat } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const QINGSHI = { typed: 'qsx', name: '青石县人民政府' }
const BAIHE = { typed: 'bhx', name: '白河县人民政府' }
const ARCHIVES = { typed: 'daj', name: '云岭州档案局' }

interface Draft {
  draft: Record<string, unknown> & { files: string[] }
}

test('every field of a draft is kept, and files are chosen, shown, put in order, removed', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  const { page } = clerk
  await clerk.open('/compose/new')

  // A file that is on its way is held up until somebody has thought better of it.
  let go = () => {}
  const stopped = new Promise<void>((resolve) => {
    go = resolve
  })
  await page.route('**/api/v1/files?*', async (route) => {
    await stopped
    await route.continue().catch(() => undefined)
  })
  clerk.forgive(/ERR_ABORTED|Failed to load resource/u)
  await drop(page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
  await clerk.press('取消')
  go()
  await page.unroute('**/api/v1/files?*')
  await page.getByText('把正文文件拖到这里').waitFor()
  expect(await page.locator('.file').count()).toBe(0)

  const choosing = page.waitForEvent('filechooser')
  await clerk.press('选择文件')
  await (await choosing).setFiles([fixture('annex.pdf'), fixture('notice.ofd')])
  const file = (name: string) => page.locator('.file').filter({ hasText: name })
  // An annex is no official document, and the page says where it departs from one.
  await file('annex.pdf')
    .getByText(/^版式检查 \d+ 条$/u)
    .click()
  await file('notice.ofd').getByRole('button', { name: '设为正文' }).click()
  await file('notice.ofd').locator('.mark').getByText(/正文$/u).waitFor()
  await file('annex.pdf').getByRole('button', { name: '看版面' }).click()
  await page.getByRole('img', { name: 'annex.pdf 第 1 页' }).waitFor()
  await file('notice.ofd').getByRole('button', { name: '看版面' }).click()
  await clerk.press('下一页')
  await clerk.says('第 2 页，共 2 页')
  await clerk.press('上一页')
  await clerk.press('放大')
  await page.locator('.sheet.wide img').waitFor()
  await clerk.press('适合宽度')
  await file('annex.pdf').getByRole('button', { name: '移除' }).click()
  await file('annex.pdf').waitFor({ state: 'detached' })

  await page.getByLabel('标题').fill('关于每一项都填写的通知')
  await clerk.choose('文种', '函')
  await clerk.choose('密级', '秘密')
  await page.getByLabel('保密期限（月）').fill('24')
  await clerk.choose('紧急程度', '特急')
  await page.getByText('填写字号', { exact: true }).click()
  await page.getByLabel('机关代字').fill('云岭政办函')
  await page.getByLabel('年份').fill('2026')
  await page.getByLabel('顺序号').fill('901')
  await clerk.says('云岭政办函〔2026〕901号')
  await page.getByLabel('联系人').fill('张晓芸')
  await page.getByLabel('联系电话').fill('0000-5550101')
  await page.getByLabel('每单位打印份数').fill('3')
  await clerk.date('有效期至', '2031-05-06 12:00')
  await page.getByText('更多要素（国标 33480）').click()
  const more = page.locator('details.more')
  const labels = await more.locator('label').allInnerTexts()
  expect(labels.length).toBeGreaterThan(8)
  for (const label of labels) await more.getByLabel(label, { exact: true }).fill(`填${label}`)
  await chooseInEveryWay(clerk, page.locator('main'), QINGSHI, BAIHE)
  await clerk.says('草稿已保存')

  const id = page.url().split('/').at(-1) ?? ''
  const kept = async () => (await clerk.json<Draft>(`/drafts/${id}`)).draft
  await expect.poll(kept, { timeout: 10_000 }).toMatchObject({
    title: '关于每一项都填写的通知',
    level: 'secret',
    months: 24,
    number: { word: '云岭政办函', year: 2026, serial: 901 },
    contact: { name: '张晓芸', phone: '0000-5550101' },
    print_quota: 3,
    valid_until: expect.stringMatching(/^2031-05-06T04:00/u) as string,
    metadata: { copy_number: '填份号', remark: '填附注', publication: '填公开方式' },
    to: ['513202-zf', '513201-zf'],
    copy: [],
  })
  expect((await kept()).files.length).toBe(1)
  await page.getByText('不编号', { exact: true }).click()
  await expect.poll(async () => (await kept())['number']).toBe(null)

  await clerk.press('草稿列表')
  const row = page.getByRole('row').filter({ hasText: '关于每一项都填写的通知' })
  await row.getByRole('link').click()
  await page.waitForURL(new RegExp(id, 'u'))
  await clerk.press('草稿列表')
  await row.getByRole('button', { name: '继续' }).click()
  await page.waitForURL(new RegExp(id, 'u'))
  await clerk.press('草稿列表')
  await clerk.goesBack('删除', () => row.getByRole('button', { name: '删除' }).click())
  await row.getByRole('button', { name: '删除' }).click()
  await clerk.confirm('删除')
  await row.waitFor({ state: 'detached' })
  expect((await clerk.ask(`/drafts/${id}`)).status).toBe(404)
  clerk.forgive(/404/u)
  await clerk.leave()
})

test('a document takes a number, is found, is taken back; a closed one is sent or given up', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  const { page } = clerk
  const title = `关于取号的通知${Date.now()}`
  await clerk.open('/sent')
  await clerk.press('新拟公文')
  await drop(page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
  await clerk.says('可以阅读')
  await page.getByLabel('标题').fill(title)
  await clerk.choose('密级', '内部')
  await page.getByText('提交时取号', { exact: true }).click()
  await page.getByLabel('机关代字').fill('云岭政办测')
  const search = page.getByRole('combobox', { name: '输入名称、代码或拼音首字母' })
  await search.click()
  await search.pressSequentially(BAIHE.typed, { delay: 20 })
  await page.getByRole('option', { name: BAIHE.name }).first().click()
  await clerk.goesBack('提交前核对', () => clerk.press('核对并提交'), '返回修改')
  await clerk.press('核对并提交')
  await clerk.says('云岭政办测（封装时取号）')
  // The line breaks when it is closed: it waits on this computer, and is handed in later.
  clerk.forgive(/ERR_FAILED/u)
  await page.route('**/outgoing/*/submit', (route) => route.abort())
  const dialog = clerk.dialog('提交前核对')
  await clerk.press('封装并提交')
  await dialog.getByRole('alert').waitFor()
  await clerk.press('再次提交')
  await dialog.getByRole('alert').waitFor()
  await clerk.press('停止')
  await page.waitForURL(/#\/compose$/u)
  await page.unroute('**/outgoing/*/submit')
  const number = /云岭政办测〔\d{4}〕\d+号/u
  await page
    .getByRole('row')
    .filter({ hasText: number })
    .getByRole('button', { name: '提交', exact: true })
    .click()
  await clerk.says(/已提交，等待审批/u)
  await clerk.open('/sent')
  await page.getByRole('textbox', { name: '查标题、字号、单位' }).fill(title)
  await clerk.choose('办理阶段', '待审核')
  const rows = page.locator('main tbody tr')
  await expect.poll(() => rows.count()).toBe(1)
  await clerk.says(number)
  await rows.first().press('Enter')
  await clerk.says('已发公文')
  const id = page.url().split('/').at(-1) ?? ''
  await clerk.press('撤销提交')
  await clerk.confirm('撤销提交')
  await clerk.says(/已撤销，日志序号/u)
  const { stage } = await clerk.json<{ stage: { code: string } }>(`/documents/${id}`)
  expect(stage.code).toBe('withdrawn')
  await clerk.press('返回列表')
  await page.waitForURL(/#\/sent$/u)

  const closed = ['发出', '放弃'].map((what) => ({
    what,
    id: send(0, { title: `关于封装后${what}的通知`, to: '513202-zf' }, 'compose'),
  }))
  await clerk.open('/compose')
  const row = (what: string) => page.getByRole('row').filter({ hasText: `关于封装后${what}的通知` })
  await row('发出').getByRole('button', { name: '提交', exact: true }).click()
  await clerk.says(/已提交，等待审批/u)
  await row('发出').waitFor({ state: 'detached' })
  await row('放弃').getByRole('button', { name: '放弃' }).click()
  await clerk.confirm('放弃')
  await row('放弃').waitFor({ state: 'detached' })
  const outgoing = await clerk.json<{ items: { id: string }[] }>('/outgoing')
  expect(outgoing.items.filter((it) => closed.some((one) => one.id === it.id))).toEqual([])
  const sent = await clerk.json<{ stage: { code: string } }>(`/documents/${closed[0]?.id}`)
  expect(sent.stage.code).toBe('submitted')
  await clerk.leave()
})

test('deliveries are filtered, called about, extended, resent, given more copies', async () => {
  const id = send(0, {
    title: '关于发出之后的通知',
    to: '513201-zf,513202-zf,513200-daj',
    quota: 1,
  })
  const until = new Date(Date.now() + 48 * 3_600_000).toISOString()
  for (const place of [1, 3]) {
    call(place, 'js01', 'fetch', id)
    call(place, 'js01', 'extension', 'ask', id, '--until', until, '--text', '须会同研究')
  }
  call(2, 'js01', 'fetch', id)
  call(2, 'js01', 'return', id, '--reason', '10', '--text', '附件打不开')
  const clerk = await Seat.taken(browser, 0, 'fs01')
  const { page } = clerk
  await clerk.open(`/sent/${id}`)
  const row = (name: string) => page.locator('main tbody tr').filter({ hasText: name })
  const of = async (unit: string) => {
    const { deliveries } = await clerk.json<{ deliveries: Delivered[] }>(`/documents/${id}`)
    return deliveries.filter((one) => one.unit.code === unit).at(-1)
  }
  await page.getByText(/^未办结 2$/u).click()
  await expect.poll(() => page.locator('main tbody tr').count()).toBe(2)
  await page.getByText(/^逾期或退回 1$/u).click()
  await expect.poll(() => page.locator('main tbody tr').count()).toBe(1)
  await page.getByText(/^全部 3$/u).click()

  await row(QINGSHI.name).getByRole('button', { name: '同意延期' }).click()
  await clerk.says('已同意延期')
  expect((await of('513201-zf'))?.extension).toMatchObject({ decided: true, given: {} })
  await row(ARCHIVES.name).getByRole('button', { name: '不同意' }).click()
  await clerk.says('已记录不同意')
  expect((await of('513200-daj'))?.extension).toMatchObject({ decided: true, given: null })

  await row(QINGSHI.name).getByRole('button', { name: '增发份数' }).click()
  await clerk.answer('4', '增发份数')
  await clerk.says('已增发')
  expect((await of('513201-zf'))?.more_copies).toBe(4)
  expect(await row(BAIHE.name).getByRole('button', { name: '增发份数' }).count()).toBe(0)

  await row(BAIHE.name).getByRole('button', { name: '签收退文' }).click()
  await clerk.says('已签收退文')
  await row(BAIHE.name).getByRole('button', { name: '重发' }).click()
  await clerk.confirm('重发')
  await clerk.says('已重发')
  await row(BAIHE.name).filter({ hasText: '第 2 次送达' }).getByText('待接收').waitFor()
  expect(await of('513202-zf')).toMatchObject({ round: 2, state: { code: 'announced' } })
  expect(await row(BAIHE.name).getByRole('button', { name: '重发' }).count()).toBe(0)

  await row(ARCHIVES.name).getByRole('button', { name: '记录联系' }).click()
  await clerk.says(/0000-5553\d+/u)
  await clerk.choose('单位', ARCHIVES.name)
  await clerk.choose('结果', '已告知，对方将处理')
  await page.getByLabel('说明').fill('下午三时前签收')
  await page.locator('form').getByRole('button', { name: '记录联系' }).click()
  await clerk.says(/联系已记录/u)
  await page.getByRole('cell', { name: '下午三时前签收' }).waitFor()
  const { items } = await clerk.json<{ items: { text: string }[] }>(`/documents/${id}/contacts`)
  expect(items.map((one) => one.text)).toEqual(['下午三时前签收'])

  await page.getByRole('tab', { name: '附注' }).click()
  await page.getByRole('textbox', { name: '附注' }).fill('已电话催办')
  await clerk.press('记入附注')
  await page.locator('main').getByText('已电话催办').waitFor()
  await page.getByRole('tab', { name: '公文要素' }).click()
  await clerk.says('发文机关署名')
  await page.getByRole('tab', { name: '文件' }).click()
  await page.getByRole('tab', { name: 'notice.ofd' }).click()
  for (const summary of await page.locator('main summary').all()) await summary.click()
  const saved = await clerk.saves(() => page.getByRole('link', { name: '下载' }).click())
  expect(saved.bytes).toEqual(readFileSync(fixture('notice.ofd')))
  await page.getByRole('tab', { name: '办理经过' }).click()
  await page.getByRole('cell', { name: '重新封装' }).first().waitFor()
  await page.getByRole('tab', { name: '送达情况' }).click()
  await clerk.leave()
})

test('more offices are asked for, one loses it, and a correction takes its place', async () => {
  const id = send(0, { title: '关于补发和撤回的通知', to: '513201-zf' })
  const clerk = await Seat.taken(browser, 0, 'fs01')
  const { page } = clerk
  await clerk.open(`/sent/${id}`)
  const supplement = () => clerk.press('补发')
  await clerk.goesBack('补发', supplement)
  await supplement()
  const asking = clerk.dialog('补发')
  await chooseInEveryWay(clerk, asking, BAIHE, ARCHIVES)
  await asking.getByLabel('每单位打印份数').fill('2')
  await asking.getByRole('button', { name: '申请补发' }).click()
  await clerk.says(/补发申请已提交/u)
  interface Now {
    supplements: { units: { code: string }[]; granted: boolean | null }[]
    deliveries: Delivered[]
    replaced_by: string | null
  }
  const now = () => clerk.json<Now>(`/documents/${id}`)
  const [asked] = (await now()).supplements
  expect(asked?.granted).toBe(null)
  expect(asked?.units.map((unit) => unit.code).sort()).toEqual(['513200-daj', '513202-zf'])

  await clerk.goesBack('撤回', () => clerk.press('撤回'))
  await clerk.press('撤回')
  const recall = clerk.dialog('撤回')
  const box = recall.locator('.el-checkbox').filter({ hasText: QINGSHI.name })
  await box.click()
  await recall.getByText('0 个单位尚未取件').waitFor()
  await box.click()
  await recall.getByText('1 个单位尚未取件').waitFor()
  await clerk.choose('原因', '内容有误')
  await recall.getByLabel('说明').fill('名单有误')
  await recall.getByRole('button', { name: '撤回', exact: true }).click()
  await clerk.says('已收回 1 个，已通知 0 个')
  expect((await now()).deliveries[0]?.state.code).toBe('recalled')

  await clerk.press('拟更正件')
  await page.waitForURL(/#\/compose\//u)
  await clerk.settled()
  await page.getByText('原签收继续有效').click()
  await clerk.says('草稿已保存')
  const draft = page.url().split('/').at(-1) ?? ''
  await expect
    .poll(async () => (await clerk.json<Draft>(`/drafts/${draft}`)).draft)
    .toMatchObject({ replaces: id, receipts_stand: true })
  const fresh = send(0, { title: '关于补发和撤回的通知（更正）', to: '513201-zf', replaces: id })
  await clerk.open(`/sent/${id}`)
  expect((await now()).replaced_by).toBe(fresh)
  await page.getByRole('link', { name: fresh }).click()
  await clerk.says('关于补发和撤回的通知（更正）')
  await clerk.leave()
})
