/** What an office does together, at its desks: a meeting with replies, who may open a document, who
 * stands in and is on duty, evidence that is made at one desk and verified at another. */

import { readFileSync } from 'node:fs'
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
  const search = clerk.page.getByRole('combobox', { name: '输入名称、代码或拼音首字母' })
  await search.click()
  await search.pressSequentially('qsx', { delay: 20 })
  await clerk.page.getByRole('option', { name: '青石县人民政府' }).first().click()
  await clerk.page.locator('.chosen').getByText('青石县人民政府').waitFor()
  await clerk.inspect('compose-meeting', 'zh')
  await clerk.press('核对并提交')
  const dialog = clerk.page.getByRole('dialog')
  await dialog.getByText('参会人员、人数、联系电话、住宿').waitFor()
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
  await receiver.choose('住宿', '不住')
  await receiver.inspect('reply', 'zh')
  await receiver.press('提交回执')
  await receiver.says('已提交的回执')
  await receiver.page.getByRole('tab', { name: '指定知悉人员' }).click()
  await receiver.says('还没有指定')
  await receiver.page.getByRole('combobox', { name: '可以打开的人员' }).click({ force: true })
  await receiver.page.getByRole('option', { name: /-js01/u }).first().click()
  await receiver.page.keyboard.press('Escape')
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

  // Evidence that the sender makes is verified where it is brought.
  await clerk.page.getByRole('tab', { name: '证据包' }).click()
  const making = clerk.page.waitForEvent('download')
  await clerk.press('生成证据包')
  const bundle = join(world.folder, 'made-in-the-browser.bundle')
  const made = await making
  expect(made.suggestedFilename()).toBe(`证据包-${id}.bundle`)
  await made.saveAs(bundle)
  await receiver.open('/evidence')
  const bytes = readFileSync(bundle)
  await drop(receiver.page, 'brought.bundle', bytes)
  await receiver.page.getByRole('heading', { name: '有效' }).waitFor()
  await receiver.says('本证据不能证明')
  await receiver.says(TITLE)
  await receiver.inspect('evidence-valid', 'zh')
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

test('an office arranges who stands in, who is on duty, and hands work over', async () => {
  const head = await Seat.taken(browser, 0, 'sp01')
  await head.open('/staff')
  await head.page
    .getByRole('button', { name: /^(修改|设定值班表)$/u })
    .first()
    .click()
  await head.page.getByLabel('第 1 班名称').fill('全天')
  await head.page.getByLabel('第 1 班时段').fill('00:00-24:00')
  await head.choose('第 1 班日期', '每天')
  await head.page.keyboard.press('Escape')
  const people = head.page.getByRole('combobox', { name: '第 1 班值班人员' })
  await people.click({ force: true })
  await people.pressSequentially('总值班室')
  await head.page.keyboard.press('Enter')
  await head.page.keyboard.press('Escape')
  await head.inspect('duty-edit', 'zh')
  await head.press('保存值班表')
  await head.confirm('保存值班表')
  await head.page.getByRole('button', { name: '修改' }).waitFor()
  await head.says('总值班室')
  await head.inspect('duty', 'zh')

  await head.page.getByRole('tab', { name: '委托代行' }).click()
  await head.page.getByRole('combobox', { name: '代行人' }).click({ force: true })
  await head.page.getByRole('option', { name: /-yz01/u }).click()
  await head.page.getByPlaceholder('起').click()
  const today = head.page.locator('.el-date-range-picker td.today').first()
  await today.click()
  await today.click()
  await head.inspect('stand-in', 'zh')
  await head.press('委托代行')
  await head.confirm('委托代行')
  await head.says('代行中')
  await head.press('结束代行')
  await head.confirm('结束代行')
  await head.says('已结束')

  await head.page.getByRole('tab', { name: '工作移交' }).click()
  await head.page.getByRole('combobox', { name: '接收人' }).click({ force: true })
  await head.page.getByRole('option', { name: /-fs01/u }).click()
  await head.page.getByLabel('其他移交事项').fill('保险柜钥匙一把')
  await head.press('移交')
  await head.confirm('移交')
  await head.says('待接收')
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open('/staff')
  await clerk.page.getByRole('tab', { name: '工作移交' }).click()
  await clerk.press('核对并接收')
  await clerk.says('保险柜钥匙一把')
  await clerk.inspect('hand-over', 'zh')
  await clerk.confirm('核对并接收')
  await clerk.says(/已接收 \d/u)
  await clerk.page.getByRole('tab', { name: '交接稿' }).click()
  await clerk.inspect('given', 'zh')
  await clerk.leave()
  await head.leave()
})

test('who oversees has tables, a circular and verified figures', async () => {
  const auditor = await Seat.taken(browser, 0, 'sj01')
  await auditor.open('/supervision')
  for (const [part, name] of [
    ['统计表', 'tables'],
    ['通报草稿', 'circular'],
    ['核对统计', 'verified'],
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
