/** 督查、审计、档案、管理: everything that the pages offer to who oversees, and what every account has:
 * the frame, the settings, signing in. */

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from './papers'
import { launch, Seat, world } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const dialogOf = (seat: Seat) => seat.page.getByRole('dialog')
const prove = (seat: Seat) =>
  seat.page.getByRole('button', { name: '证据包', exact: true }).first().click()
const cells = (seat: Seat, column: number) =>
  seat.page.locator(`main tbody tr td:nth-child(${column})`).allInnerTexts()

test('figures are chosen by months and offices, sorted, charted and printed', async () => {
  const seat = await Seat.taken(browser, 0, 'dc01')
  const { page } = seat
  await seat.open('/supervision')
  await page.locator('main tbody tr').nth(1).waitFor()
  const all = await page.locator('main tbody tr').count()
  expect(all, 'offices below are counted').toBeGreaterThan(2)
  await page.getByText('含下级单位').click()
  await expect.poll(() => page.locator('main tbody tr').count()).toBe(1)
  await page.getByText('含下级单位').click()
  await expect.poll(() => page.locator('main tbody tr').count()).toBe(all)

  const head = page.locator('th').nth(1)
  await head.getByRole('button').click()
  expect(await head.getAttribute('aria-sort')).toBe('descending')
  const sorted = (await cells(seat, 2)).map(Number)
  expect(sorted).toEqual([...sorted].sort((one, other) => other - one))

  const chart = page.getByRole('group', { name: '统计项目' }).getByRole('button')
  await chart.nth(1).click()
  expect(await chart.nth(1).getAttribute('aria-pressed')).toBe('true')
  expect(await page.locator('meter').count()).toBeGreaterThan(0)

  const asking = page.waitForResponse(/figures\?.*from=2025-01/u)
  await seat.date('从', '2025-01')
  expect((await asking).status()).toBe(200)
  const ending = page.waitForResponse(/figures\?.*to=2025-02/u)
  await seat.date('到', '2025-02')
  expect((await ending).status()).toBe(200)
  await seat.says('这段时间没有统计数据')
  await seat.prints()
  await seat.leave()
})

test('the log is searched by date, office, person and matter, and turned over', async () => {
  const seat = await Seat.taken(browser, 0, 'sj01')
  const { page } = seat
  await seat.open('/audit')
  await page.locator('main tbody tr').nth(5).waitFor()
  const first = (await cells(seat, 7))[0]
  await seat.press('下一页')
  await seat.says(/第 2 页/u)
  await expect.poll(async () => (await cells(seat, 7))[0]).not.toBe(first)
  await seat.press('上一页')
  await expect.poll(async () => (await cells(seat, 7))[0]).toBe(first)

  await page.getByRole('textbox', { name: '帐号或人员编号' }).fill('513200-zfb-yz01')
  await page.getByRole('textbox', { name: '事项，如 登录' }).fill('用印')
  await seat.press('查询')
  await expect.poll(async () => new Set(await cells(seat, 2)).size).toBe(1)
  expect((await cells(seat, 3)).every((by) => by.includes('yz01'))).toBe(true)
  await seat.choose('单位', '白河县人民政府')
  await seat.press('查询')
  await seat.says('没有符合条件的记录')
  await page.getByRole('textbox', { name: '帐号或人员编号' }).fill('')
  await page.getByRole('textbox', { name: '事项，如 登录' }).fill('')
  await seat.press('查询')
  await expect.poll(async () => new Set(await cells(seat, 4)).size).toBe(1)
  await seat.date('日期范围', '2020-01-01', '2020-01-02')
  await seat.says('没有符合条件的记录')
  await seat.prints()
  await seat.leave()
})

test('completed documents are listed both ways, and lead to themselves', async () => {
  const seat = await Seat.taken(browser, 0, 'da01')
  const { page } = seat
  await seat.open('/archive')
  await page.getByText('发文登记簿', { exact: true }).click()
  await page.locator('main tbody tr').first().waitFor()
  await page.getByRole('textbox', { name: '查标题、字号、单位' }).fill('森林草原防火')
  await expect.poll(() => page.locator('main tbody tr').count()).toBeLessThan(4)
  const csv = await seat.saves(() => page.getByRole('link', { name: '导出 CSV' }).click())
  const [head] = csv.bytes.toString('utf8').split('\n')
  expect(head, 'columns with headings').toContain(',')
  const xlsx = await seat.saves(() => page.getByRole('link', { name: '导出 Excel' }).click())
  expect(xlsx.bytes.subarray(0, 2).toString()).toBe('PK')

  // Evidence of one, without opening it.
  await page.getByRole('textbox', { name: '查标题、字号、单位' }).fill('')
  await page.getByRole('button', { name: '证据包', exact: true }).first().waitFor()
  const [named] = await cells(seat, 2)
  await seat.goesBack('证据包', async () => prove(seat), '关闭此对话框')
  await prove(seat)
  expect(await dialogOf(seat).locator('.title').textContent()).toBe(named)
  await dialogOf(seat).getByText('连同公文内容').click()
  await dialogOf(seat).getByText('只附密文').click()
  const bundle = await seat.saves(() => seat.press('生成证据包'))
  expect(bundle.name).toMatch(/^证据包-.+\.bundle$/u)
  expect(bundle.bytes.length).toBeGreaterThan(1_000)
  await dialogOf(seat).getByRole('button', { name: '关闭此对话框' }).click()

  await page.getByText('收文登记簿', { exact: true }).click()
  await page.locator('main tbody tr').first().waitFor()
  await seat.choose('年份', `${new Date().getFullYear()} 年`)
  await seat.choose('状态', '已签收')
  await seat.choose('密级', '公开')
  await page.locator('main tbody tr').first().waitFor()
  await page.locator('main tbody tr').first().click()
  await page.waitForURL(/#\/received\/.+/u)
  await seat.leave()
})

test('reports are told by month, year and seal, and a circular is drafted', async () => {
  const seat = await Seat.taken(browser, 0, 'sj01')
  const { page } = seat
  await seat.open('/supervision')
  await page.getByText('统计表', { exact: true }).click()
  const rows = page.locator('main table tbody tr')
  const year = String(new Date().getFullYear())
  for (const which of ['按年', '用印登记', '按月']) {
    await page.getByText(which, { exact: true }).click()
    await rows.first().waitFor()
    if (which === '按年') {
      await page.getByRole('spinbutton', { name: '年数' }).fill('3')
      await page.getByRole('spinbutton', { name: '年数' }).press('Tab')
    }
    const csv = await seat.saves(() => page.getByRole('link', { name: '导出 CSV' }).click())
    expect(csv.bytes.toString('utf8'), which).toContain(year)
  }
  const xlsx = await seat.saves(() => page.getByRole('link', { name: '导出 Excel' }).click())
  expect(xlsx.bytes.subarray(0, 2).toString()).toBe('PK')
  await page.getByRole('spinbutton', { name: '年份' }).fill('2020')
  await page.getByRole('spinbutton', { name: '年份' }).press('Tab')
  await seat.prints()
  await page.getByText('通报草稿', { exact: true }).click()
  await seat.press('生成草稿')
  const draft = page.getByRole('textbox', { name: '通报草稿' })
  await draft.waitFor()
  expect(await draft.inputValue()).toContain('通报')
  await draft.fill(`${await draft.inputValue()}\n特此通报。`)
  const text = await seat.saves(() => seat.press('下载文本'))
  const marked = await seat.saves(() => seat.press('下载 Markdown'))
  for (const { bytes } of [text, marked]) expect(bytes.toString('utf8')).toContain('通报')
  expect(text.bytes.toString('utf8'), 'with what somebody added').toContain('特此通报')
  await seat.leave()
})

test('registers are filtered, exported as they are shown, and printed', async () => {
  const title = `关于登记簿的通知${Date.now()}`
  send(0, { title, to: '513202-zf' })
  const seat = await Seat.taken(browser, 0, 'fs01')
  const { page } = seat
  await seat.open('/registers')
  await page.getByRole('textbox', { name: '查标题、字号、单位' }).fill(title)
  const rows = page.locator('main tbody tr')
  await expect.poll(() => rows.count()).toBe(1)
  await seat.choose('状态', '已发出')
  await seat.choose('密级', '公开')
  const from = (days: number) =>
    new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10)
  await seat.date('日期范围', from(-1), from(1))
  await expect.poll(() => rows.count()).toBe(1)
  const csv = await seat.saves(() => page.getByRole('link', { name: '导出 CSV' }).click())
  const lines = csv.bytes.toString('utf8').trim().split('\n')
  expect(lines.length, 'a heading and what is shown').toBe(2)
  expect(lines[1]).toContain(title)
  const xlsx = await seat.saves(() => page.getByRole('link', { name: '导出 Excel' }).click())
  expect(xlsx.bytes.subarray(0, 2).toString()).toBe('PK')
  await seat.prints()
  await rows.first().click()
  await page.waitForURL(/#\/sent\/.+/u)
  await seat.open('/registers')
  await seat.date('日期范围', '2020-01-01', '2020-01-02')
  await seat.says('没有符合条件的记录')
  await seat.open('/registers')
  await page.getByText('收文登记簿', { exact: true }).click()
  await rows.first().click()
  await page.waitForURL(/#\/received\/.+/u)
  await seat.open('/registers')
  await page.getByText('收文登记簿', { exact: true }).click()
  await page.getByText('发文登记簿', { exact: true }).click()
  await rows.nth(1).waitFor()
  await seat.leave()
})

test('the roster is searched in each of its lists', async () => {
  const seat = await Seat.taken(browser, 0, 'gl01')
  const { page } = seat
  await seat.open('/authority')
  for (const tab of ['规则', '变更记录', '计算机', '印章', '签发人', '帐号', '单位']) {
    await page.getByRole('tab', { name: tab }).click()
    await page.getByRole('tab', { name: tab, selected: true }).waitFor()
  }
  await page.getByRole('textbox', { name: '查名称或代码' }).fill('513201')
  await seat.says(/^\d+ 条$/u)
  const found = () => page.locator('main tbody').innerText()
  await expect.poll(found).not.toContain('白河')
  expect(await found()).toContain('513201')
  await seat.leave()
})

test('at the door a password is looked at, changed or not, and a locked desk is left', async () => {
  const seat = await Seat.at(browser, 3, 'gl01')
  seat.forgive(/status of 4(01|23)/u)
  const { page } = seat
  await seat.press('English')
  await seat.says('Sign in')
  await seat.press('中文')
  await page.locator('#account').click()
  await page.getByRole('option', { name: '513200-daj-gl01', exact: true }).click()
  await seat.press('更换口令')
  for (const field of ['#password', '#fresh', '#again']) {
    await page.locator(field).fill('Show-case-1')
    await page
      .locator('.el-input')
      .filter({ has: page.locator(field) })
      .hover()
    await page.locator(`.el-input:has(${field}) .el-input__password`).click()
    expect(await page.locator(field).getAttribute('type')).toBe('text')
    await page.locator(`.el-input:has(${field}) .el-input__password`).click()
    expect(await page.locator(field).getAttribute('type')).toBe('password')
  }
  await seat.press('返回')
  await page.locator('#fresh').waitFor({ state: 'detached' })
  await page.locator(`.el-input:has(#password) .el-input__password`).click()
  await seat.press('登录')
  await page.locator('main.main').waitFor()
  await seat.press('锁定')
  await seat.press('换一个帐号')
  await page.locator('#account').waitFor()
  expect((await seat.ask('/me')).status).toBe(401)
  await seat.leave()
})

test('the settings change the password, the language and when the desk locks', async () => {
  const seat = await Seat.taken(browser, 3, 'da01')
  seat.forgive(/status of 4(01|23)/u)
  const { page } = seat
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  await seat.press('English')
  await seat.says('To do')
  await seat.press('中文')
  await seat.says('待办')
  await seat.open('/settings')
  // Not the button above, which says the same.
  const languages = page.locator('main.main .el-radio-group')
  await languages.getByText('English', { exact: true }).click()
  await seat.says('This desk')
  await languages.getByText('中文', { exact: true }).click()
  await seat.says('本机设置')
  await languages.getByText('中文', { exact: true }).click()
  await page.getByLabel('无操作多少分钟后自动锁定').fill('20')
  await seat.press('保存')
  await seat.says('已保存')
  expect((await seat.json<{ idle_seconds: number }>('/settings')).idle_seconds).toBe(1200)

  const fresh = 'Settings-case-3'
  for (const [label, text] of [
    ['现用口令', world.password],
    ['新口令', fresh],
    ['再输一次新口令', fresh],
  ] as const) {
    const field = page.getByLabel(label, { exact: true })
    await field.fill(text)
    const eye = page.locator('.el-input').filter({ has: field }).locator('.el-input__password')
    await eye.click()
    expect(await field.getAttribute('type')).toBe('text')
  }
  await seat.press('更换口令')
  await seat.says('口令已更换')
  // The desk wants to see the new one before anything else.
  await page.locator('#password').fill(fresh)
  await seat.press('解锁')
  await page.locator('main.main').waitFor()
  await seat.press('退出')
  await page.locator('#account').waitFor()
  await seat.leave()
})
