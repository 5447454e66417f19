/** What offices do together, at their desks: a meeting with replies, who may open a document, and
 * evidence that is made at one desk and verified at another. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drop, fixture } from './papers'
import { launch, Seat, world } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const TITLE = '云岭州人民政府办公室关于做好2026年冬春森林草原防火工作的通知'

test('a meeting is called, replied to, assigned and proven', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open('/compose/new')
  await drop(clerk.page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
  await clerk.says('可以阅读')
  await clerk.page.getByLabel('标题').fill(TITLE)
  await clerk.choose('文种', '会议通知')
  await clerk.choose('密级', '公开')
  await clerk.choose('紧急程度', '加急')
  await clerk.press('添加常用表单（参会人、人数、电话）')
  await clerk.press('添加栏目')
  await clerk.page.getByLabel('第 4 栏名称').fill('住宿')
  await clerk.choose('第 4 栏填写', '选项')
  await clerk.page.getByLabel('第 4 栏选项').fill('单间、不住')
  await clerk.page.getByLabel('第 4 栏选项').press('Tab')
  const field = clerk.page.locator('li.field')
  await field.nth(3).getByText('必填').click()
  for (const at of [5, 6]) {
    await clerk.press('添加栏目')
    await clerk.page.getByLabel(`第 ${at} 栏名称`).fill('接送')
  }
  await clerk.says('栏目名称重复')
  await clerk.press('移除第 6 栏')
  await clerk.choose('第 5 栏填写', '是或否')
  await clerk.press('第 5 栏上移')
  await clerk.press('第 4 栏下移')
  expect(await clerk.page.getByLabel('第 5 栏名称').inputValue()).toBe('接送')

  // Units that would issue it as well, put in order, and thought better of.
  for (const unit of ['白河县人民政府', '云岭州档案局']) {
    await clerk.choose('添加联合发文机关', unit)
  }
  const order = clerk.page.locator('ol.order li')
  await clerk.press('云岭州档案局 上移')
  await order.nth(1).getByText('云岭州档案局').waitFor()
  for (const unit of ['白河县人民政府', '云岭州档案局']) await clerk.press(`移除 ${unit}`)
  await order.first().waitFor({ state: 'detached' })
  const search = clerk.page.getByRole('combobox', { name: '输入名称、代码或拼音首字母' })
  await search.click()
  await search.pressSequentially('qsx', { delay: 20 })
  await clerk.page.getByRole('option', { name: '青石县人民政府' }).first().click()
  await clerk.page.locator('.chosen').getByText('青石县人民政府').waitFor()
  await clerk.inspect('compose-meeting', 'zh')
  await clerk.press('核对并提交')
  const dialog = clerk.page.getByRole('dialog')
  await dialog.getByText('参会人员、人数、联系电话、住宿、接送').waitFor()
  await dialog.getByRole('button', { name: '封装并提交' }).click()
  await clerk.page.waitForURL(/#\/sent$/u)
  await clerk.page.getByRole('row').filter({ hasText: TITLE }).first().click()
  await clerk.page.waitForURL(/#\/sent\/.+/u)
  const id = clerk.page.url().split('/').at(-1) ?? ''

  const head = await Seat.taken(browser, 0, 'sp01')
  expect((await head.ask(`/documents/${id}/approve`, 'POST', {})).status).toBe(200)
  await head.leave()
  const keeper = await Seat.taken(browser, 0, 'yz01')
  const secret = { password: world.password }
  expect((await keeper.ask(`/documents/${id}/seal`, 'POST', secret)).status).toBe(200)
  await keeper.leave()

  const receiver = await Seat.taken(browser, 1, 'js01')
  await receiver.open(`/received/${id}`)
  await receiver.press('取件并查验')
  await receiver.says('查验结果')
  await receiver.page.getByRole('tab', { name: '会议回执' }).click()
  await receiver.says('签收后可填写回执。')
  await receiver.press('签收')
  await receiver.confirm('签收')
  await receiver.page.getByLabel('参会人员').fill('张三、李四')
  await receiver.page.getByLabel('人数').fill('两人')
  await receiver.says('须填数字')
  await receiver.page.getByLabel('人数').fill('2')
  await receiver.page.getByLabel('联系电话').fill('0872-2123456')
  expect(await receiver.page.getByRole('button', { name: '提交回执' }).isDisabled()).toBe(true)
  await receiver.choose('住宿', '不住')
  await receiver.page.getByRole('radiogroup', { name: '接送' }).getByText('是').click()
  await receiver.inspect('reply', 'zh')
  await receiver.press('提交回执')
  await receiver.says('已提交的回执')
  await receiver.page.getByRole('tab', { name: '指定知悉人员' }).click()
  await receiver.says('还没有指定')
  await receiver.adds('可以打开的人员', /-js01/u)
  await receiver.press('指定')
  await receiver.confirm('指定')
  await receiver.says('现行')
  await receiver.inspect('assigned', 'zh')

  await clerk.open(`/sent/${id}`)
  await clerk.page.getByRole('tab', { name: '会议回执' }).click()
  await clerk.says('已回复 1 / 1')
  await clerk.says('张三、李四')
  await clerk.inspect('replies', 'zh')
  const sheet = clerk.page.waitForEvent('download')
  await clerk.page.getByRole('link', { name: '导出 CSV' }).click()
  expect(readFileSync(await (await sheet).path(), 'utf8')).toContain('张三、李四')
  const book = await clerk.saves(() => clerk.page.getByRole('link', { name: '导出 Excel' }).click())
  expect(book.bytes.subarray(0, 2).toString()).toBe('PK')

  // Evidence that the sender makes is verified where it is brought.
  await clerk.page.getByRole('tab', { name: '证据包' }).click()
  await clerk.page.getByText('只附密文').click()
  const shut = await clerk.saves(() => clerk.press('生成证据包'))
  await clerk.page.getByText('连同公文内容').click()
  const making = clerk.page.waitForEvent('download')
  await clerk.press('生成证据包')
  const bundle = join(world.folder, 'made-in-the-browser.bundle')
  const made = await making
  expect(made.suggestedFilename()).toBe(`证据包-${id}.bundle`)
  await made.saveAs(bundle)
  await receiver.page.getByRole('tab', { name: '证据包' }).click()
  await receiver.page.getByText('只附密文').click()
  const theirs = await receiver.saves(() => receiver.press('生成证据包'))
  expect(theirs.name).toBe(made.suggestedFilename())
  await receiver.open('/evidence')
  const bytes = readFileSync(bundle)
  await drop(receiver.page, 'brought.bundle', bytes)
  await receiver.page.getByRole('heading', { name: '有效' }).waitFor()
  await receiver.says('本证据不能证明')
  await receiver.says(TITLE)
  await receiver.inspect('evidence-valid', 'zh')
  await receiver.page.getByText(/^通过的检查/u).click()
  await receiver.prints()
  for (const [at, { bytes }] of [shut, theirs].entries()) {
    const path = join(world.folder, `shut-${at}.bundle`)
    writeFileSync(path, bytes)
    const choosing = receiver.page.waitForEvent('filechooser')
    await receiver.press('选择文件')
    await (await choosing).setFiles(path)
    await receiver.page.getByRole('heading', { name: '有效' }).waitFor()
    await receiver.says(`shut-${at}.bundle`)
    expect(await receiver.page.getByText(TITLE).count(), 'nothing is shown of it').toBe(0)
  }

  // A file on its way is held up, and somebody thinks better of it.
  receiver.forgive(/ERR_ABORTED|Failed to load resource/u)
  let go = () => {}
  const stopped = new Promise<void>((resolve) => {
    go = resolve
  })
  await receiver.page.route('**/api/v1/evidence/**', async (route) => {
    await stopped
    await route.continue().catch(() => undefined)
  })
  await drop(receiver.page, 'held.bundle', bytes)
  await receiver.press('取消')
  go()
  await receiver.page.unroute('**/api/v1/evidence/**')
  await receiver.says('把证据包文件拖到这里')

  const changed = Buffer.from(bytes)
  const at = changed.length - 100
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
  await drop(receiver.page, 'changed.bundle', changed)
  await receiver.page.getByRole('heading', { name: '无效' }).waitFor()
  await drop(receiver.page, 'letter.txt', Buffer.from('你好'))
  await receiver.page.getByRole('heading', { name: '不是可读的证据包' }).waitFor()
  await clerk.leave()
  await receiver.leave()
})

test('who oversees has tables, a circular and verified figures', async () => {
  const auditor = await Seat.taken(browser, 0, 'sj01')
  await auditor.open('/supervision')
  for (const [part, name] of [
    ['统计表', 'tables'],
    ['通报草稿', 'circular'],
    ['核对统计', 'verified'],
    ['收发情况', 'figures'],
  ] as const) {
    await auditor.page.getByText(part, { exact: true }).first().click()
    if (name === 'circular') {
      await auditor.press('生成草稿')
      await auditor.page.getByLabel('通报草稿').last().waitFor()
    }
    if (name === 'verified') {
      await auditor.press('逐条核对')
      await auditor.says('交换中心的统计与日志一致')
    }
    await auditor.inspect(name, 'zh')
  }
  await auditor.leave()
  const archivist = await Seat.taken(browser, 0, 'da01')
  await archivist.open('/archive')
  await archivist.inspect('archive', 'zh')
  await archivist.leave()
})
