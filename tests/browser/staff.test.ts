/** What an office arranges among its people: who is on duty and away, who stands in, what is handed
 * over, and how its custodian gets a seal. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fill, find, finish, picks, seated, sign } from './officer'
import { drop, fixture } from './papers'
import { launch, Seat, world } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const tab = (seat: Seat, name: string) => seat.page.getByRole('tab', { name }).click()

/** Types names into a list that takes what it does not have. */
async function types(seat: Seat, list: string, ...words: string[]) {
  const field = seat.page.getByRole('combobox', { name: list })
  await seat.unfold(field)
  for (const word of words) {
    await field.pressSequentially(word)
    await seat.page.keyboard.press('Enter')
  }
  await seat.page.keyboard.press('Escape')
}

test('who is on duty and who is away is put in place', async () => {
  const head = await Seat.taken(browser, 0, 'sp01')
  const { page } = head
  await head.open('/staff')
  await head.press('设定值班表')
  await head.press('取消')
  await tab(head, '委托代行')
  await tab(head, '值班表')
  await head.press('修改')
  await page.getByLabel('第 1 班名称').fill('全天')
  await page.getByLabel('第 1 班时段').fill('24-8')
  await head.says('时段写作 18:00-08:30')
  await page.getByLabel('第 1 班时段').fill('00:00-24:00')
  await head.choose('第 1 班日期', '每天')
  await page.keyboard.press('Escape')
  await types(head, '第 1 班值班人员', '总值班室')
  await types(head, '第 1 班替班人员', '信息科')
  await head.press('添加班次')
  await page.getByLabel('第 2 班名称').fill('国庆')
  await page.getByLabel('第 2 班时段').fill('08:30-18:00')
  await types(head, '第 2 班日期', '2026-10-01..2026-10-07')
  await types(head, '第 2 班值班人员', '带班领导')
  await head.press('第 2 班上移')
  expect(await page.getByLabel('第 1 班名称').inputValue()).toBe('国庆')
  await head.press('添加班次')
  await head.says('每个班次须有名称、日期、时段和人员')
  await head.press('移除第 3 班')
  await head.press('添加外出')
  await head.press('添加外出')
  await types(head, '第 1 项外出人员', '信息科')
  await page.getByLabel('第 1 项外出日期').fill('十月')
  await head.says('须有人员和日期，如 2026-10-01')
  await page.getByLabel('第 1 项外出日期').fill('2026-10-01..2026-10-03')
  await head.press('移除第 2 项外出')
  await head.inspect('duty-edit', 'zh')
  await head.press('保存值班表')
  await head.confirm('保存值班表')
  await page.getByRole('button', { name: '修改' }).waitFor()
  for (const words of ['总值班室', '信息科', '国庆', '2026-10-01..2026-10-03']) {
    await head.says(words)
  }
  await head.inspect('duty', 'zh')
  await head.leave()
})

test('a deputy stands in, work is handed over, a draft is given', async () => {
  const head = await Seat.taken(browser, 0, 'sp01')
  const { page } = head
  await head.open('/staff')
  await tab(head, '委托代行')
  await head.choose('代行人', /-yz01/u)
  await page.getByPlaceholder('起').click()
  const today = page.locator('.el-date-range-picker td.today').first()
  await today.click()
  await today.click()
  await head.inspect('stand-in', 'zh')
  await head.press('委托代行')
  await head.confirm('委托代行')
  await head.says('代行中')
  await head.press('结束代行')
  await head.confirm('结束代行')
  await head.says('已结束')

  await tab(head, '工作移交')
  await head.choose('接收人', /-fs01/u)
  await page.getByLabel('其他移交事项').fill('保险柜钥匙一把')
  await head.press('移交')
  await head.confirm('移交')
  await head.says('待接收')
  await head.press('收起')
  await page.getByRole('cell', { name: '保险柜钥匙一把' }).waitFor({ state: 'detached' })
  await head.press('看清单')
  await head.says('保险柜钥匙一把')

  const clerk = await Seat.taken(browser, 0, 'fs01')
  const title = `关于交接稿的通知${Date.now()}`
  await clerk.open('/compose/new')
  await drop(clerk.page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
  await clerk.says('可以阅读')
  await clerk.page.getByLabel('标题').fill(title)
  await clerk.says('草稿已保存')
  await clerk.open('/staff')
  await tab(clerk, '工作移交')
  await clerk.press('核对并接收')
  await clerk.says('保险柜钥匙一把')
  await clerk.inspect('hand-over', 'zh')
  await clerk.confirm('核对并接收')
  await clerk.says(/已接收 \d/u)
  await tab(clerk, '交接稿')
  await clerk.choose('草稿', title)
  await clerk.page.getByLabel('交接说明').fill('请继续办理')
  await clerk.press('交出')
  await clerk.confirm('交出')
  const given = clerk.page.getByRole('row').filter({ hasText: title })
  await given.getByText('请继续办理').waitFor()
  await clerk.inspect('given', 'zh')
  await given.getByRole('button', { name: '接手' }).click()
  await clerk.page.waitForURL(/#\/compose\/.+/u)
  expect(await clerk.page.getByLabel('标题').inputValue()).toBe(title)
  await clerk.page.locator('.file').filter({ hasText: 'notice.ofd' }).waitFor()
  for (const seat of [clerk, head]) await seat.leave()
})

test('a seal is applied for, issued, and taken into use by its custodian', async () => {
  const manager = await Seat.taken(browser, 2, 'gl01')
  const { page } = manager
  await manager.open('/staff')
  await tab(manager, '印章与申请')
  await manager.choose('事项', '恢复单位密钥')
  await manager.choose('事项', '制发印章')
  await manager.choose('帐号', /-js01/u)
  await manager.choose('帐号', /-yz01/u)
  await manager.choose('计算机', '513202-zf-pc01')
  await page.getByLabel('理由').fill('增设专用章')
  await manager.press('提出申请')
  await manager.confirm('提出申请')
  await manager.says(/已申请，编号/u)
  const number = await page.locator('main tbody tr').last().locator('td').last().textContent()
  await manager.inspect('applications', 'zh')

  const custodian = await Seat.taken(browser, 2, 'yz01')
  await custodian.open('/staff')
  await tab(custodian, '印章与申请')
  await custodian.says('没有待启用的印章')
  const made = await custodian.saves(async () => {
    await custodian.press('生成印章申请')
    await custodian.confirm('生成印章申请')
  })
  expect(made.name).toBe('印章申请-513202-zf-yz01.request')
  const request = join(world.folder, 'browser-own.request')
  writeFileSync(request, made.bytes)

  const officer = await seated(browser)
  await officer.press('制发印章')
  await picks(officer, '保管人的申请文件', request)
  await officer.says('513202-zf-yz01 的申请，签名无误，含电子印章')
  await picks(officer, '印模图片', fixture('seal-baihe.png'))
  await officer.says(/图片合格/u)
  await fill(officer, {
    'seal-id': '513202-zf-seal07',
    'seal-name': '白河县人民政府专用章',
    'seal-application': number?.trim() ?? '',
  })
  await find(officer, 'seal-devices', '', /513202-zf-pc01/u)
  await officer.page.getByRole('dialog').getByText('须由保管人启用后方可用印').click()
  await sign(officer, '制发并提交')
  await finish(officer)

  await custodian.open('/staff')
  await tab(custodian, '印章与申请')
  await custodian.says('白河县人民政府专用章')
  await custodian.inspect('own-seals', 'zh')
  await custodian.press('启用')
  await custodian.confirm('启用')
  await custodian.says(/印章已启用，日志序号 \d+/u)
  await custodian.says('没有待启用的印章')
  for (const seat of [manager, custodian, officer]) await seat.leave()
})

test('a person is enrolled at the desk, and gets the key from the manager', async () => {
  // The authority opens an account, and its ticket is handed over.
  const officer = await seated(browser)
  await officer.press('开通帐号')
  await find(officer, 'account-unit', '513200-daj', /513200-daj/u)
  await officer.adds('角色', '收文')
  await fill(officer, {
    'account-id': '513200-daj-js05',
    'account-person': 'p-enrolled',
    'account-post': '收文员',
  })
  await find(officer, 'account-devices', '', /pc01/u)
  await sign(officer, '签发并提交')
  const ticket = (await officer.page.locator('code').first().textContent()) ?? ''
  await finish(officer)

  const door = await Seat.at(browser, 3, 'js05')
  door.forgive(/status of 4\d\d/u)
  await door.press('登记新帐号')
  await door.press('返回')
  await door.press('登记新帐号')
  await door.page.getByLabel('登记凭证', { exact: true }).fill(`${ticket}x`)
  for (const id of ['#fresh', '#again']) {
    await door.page.locator(id).fill('Enrolled-case-5')
    await door.page.locator(`.el-input:has(${id}) .el-input__password`).click()
    expect(await door.page.locator(id).getAttribute('type')).toBe('text')
  }
  await door.press('登记')
  await door.says('登记凭证抄写有误，请逐字核对')
  await door.inspect('enrol', 'zh')
  await door.page.getByText('忘记了原口令').click()
  await door.page.getByText('忘记了原口令').click()
  await door.page.getByLabel('登记凭证', { exact: true }).fill(ticket)
  await door.press('登记')
  await door.says('已登记 513200-daj-js05，请登录')
  await door.page.locator('#password').fill('Enrolled-case-5')
  await door.press('登录')
  await door.page.locator('main.main').waitFor()
  await door.says('收文')

  const manager = await Seat.taken(browser, 3, 'gl01')
  manager.forgive(/status of 4\d\d/u)
  await manager.open('/staff')
  await tab(manager, '单位密钥')
  await manager.says('513200-daj-js05')
  await manager.inspect('unit-key', 'zh')
  await manager.press('分发给这些帐号')
  await manager.says('已分发给 1 个帐号')
  await manager.page.getByText('现用密钥可能已泄露').click()
  await manager.page.getByText('现用密钥可能已泄露').click()
  await manager.press('生成下一期')
  await manager.confirm('生成下一期')
  await manager.says('已生成第 2 期')
  await manager.inspect('unit-key-made', 'zh')
  await manager.press('知道了')
  await manager.choose('承接单位', '白河县人民政府')
  await manager.press('移交给承接单位')
  await manager.confirm('移交给承接单位')
  await manager.says('已移交第 1、2 期')
  await manager.page.getByLabel('恢复码').fill('0000-0000')
  await manager.press('恢复或演练')
  await manager.says('恢复码抄写有误，请逐字核对')
  for (const seat of [door, manager, officer]) await seat.leave()
})
