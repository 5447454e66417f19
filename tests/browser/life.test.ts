/** The whole life of a document, across three desks. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { altered, drop, fixture, send } from './papers'
import { launch, Seat, world } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

// What stands on the page, which the recipient's program compares.
const TITLE = '云岭州人民政府办公室关于做好2026年冬春森林草原防火工作的通知'
interface Stamp {
  page: number
  left_mm: number
  top_mm: number
}

test('a document lives its whole life across three desks', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.press('拟制公文')
  await clerk.press('新拟公文')
  await drop(clerk.page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
  await clerk.says('可以阅读')
  await clerk.says('版式合规')
  await clerk.page.locator('figure img').first().waitFor()
  const drawn = await clerk.page
    .locator('figure img')
    .first()
    .evaluate((picture) => {
      const { naturalWidth, naturalHeight } = picture as HTMLImageElement
      return naturalHeight / naturalWidth
    })
  expect(drawn, 'a page of A4').toBeCloseTo(297 / 210, 1)
  // The text names an attachment, and the recipient's program counts.
  await drop(clerk.page, 'annex.pdf', readFileSync(fixture('annex.pdf')))
  await clerk.says('annex.pdf')
  await clerk.page.getByLabel('标题').fill(TITLE)
  await clerk.choose('密级', '公开')
  await clerk.choose('紧急程度', '加急')
  const search = clerk.page.getByRole('combobox', {
    name: '输入名称、代码或拼音首字母',
  })
  for (const [typed, name] of [
    ['qsx', '青石县人民政府'],
    ['baihe', '白河县人民政府'],
  ] as const) {
    await search.click()
    await search.pressSequentially(typed, { delay: 20 })
    await clerk.page.getByRole('option', { name }).first().click()
    await clerk.page.locator('.chosen').getByText(name).waitFor()
  }
  await clerk.says('草稿已保存')
  await clerk.press('核对并提交')
  const dialog = clerk.page.getByRole('dialog')
  await dialog.getByText(TITLE).waitFor()
  await clerk.inspect('compose-summary', 'zh')
  await dialog.getByRole('button', { name: '封装并提交' }).click()
  await clerk.page.waitForURL(/#\/sent$/u)
  await clerk.says(TITLE)

  const head = await Seat.taken(browser, 0, 'sp01')
  await head.open('/approve')
  await head.page.getByRole('row').filter({ hasText: TITLE }).click()
  await head.page.locator('figure img').first().waitFor()
  await head.press('下一页')
  await head.says('第 2 页')
  await head.press('批准')
  await head.confirm('批准')
  await head.page.waitForURL(/#\/approve$/u)

  const keeper = await Seat.taken(browser, 0, 'yz01')
  keeper.forgive(/status of 403/u)
  await keeper.open('/seal')
  await keeper.page.getByRole('row').filter({ hasText: TITLE }).click()
  const impression = keeper.page.locator('.impression')
  await impression.waitFor()
  await keeper.page.locator('.sheet img').first().waitFor()
  const before = await impression.boundingBox()
  if (!before) throw new Error('no seal on the page')
  const middle = {
    x: before.x + before.width / 2,
    y: before.y + before.height / 2,
  }
  await keeper.page.mouse.move(middle.x, middle.y)
  await keeper.page.mouse.down()
  await keeper.page.mouse.move(middle.x - 40, middle.y - 60, { steps: 6 })
  await keeper.page.mouse.up()
  const after = await impression.boundingBox()
  expect(Math.round((after?.x ?? 0) - before.x)).toBeCloseTo(-40, -1)
  const label = (await impression.getAttribute('aria-label')) ?? ''
  const [x = 0, y = 0] = (label.match(/\d+\.\d/gu) ?? []).map(Number)
  await keeper.press('盖章发出')
  await keeper.prove('盖章发出', 'Not-the-password-1')
  await keeper.says('口令不正确')
  await keeper.press('盖章发出')
  await keeper.prove('盖章发出')
  await keeper.page.waitForURL(/#\/seal$/u)

  await clerk.open('/sent')
  await clerk.page.getByRole('row').filter({ hasText: TITLE }).click()
  await clerk.page.getByRole('row').filter({ hasText: '青石县人民政府' }).waitFor()
  const id = clerk.page.url().split('/').at(-1) ?? ''
  expect(await clerk.page.getByRole('row').filter({ hasText: '待接收' }).count()).toBe(2)

  const receiver = await Seat.taken(browser, 1, 'js01')
  await receiver.open(`/received/${id}`)
  await receiver.press('取件并查验')
  await receiver.says('查验结果')
  for (const line of ['发文机关', '完整无改动', '文件内容']) await receiver.says(line)
  const passed = receiver.page.locator('.lines').getByText(/^[^未]*通过$/u)
  expect(await passed.count()).toBe(3)
  await receiver.page.locator('figure img').first().waitFor()
  await receiver.inspect('received-fetched', 'zh')
  await receiver.press('签收')
  await receiver.confirm('签收')
  await receiver.says('已签收')
  await receiver.press('登记编号')
  await receiver.says(/收文〔\d{4}〕\d+号/u)
  const downloading = receiver.page.waitForEvent('download')
  await receiver.page.getByRole('link', { name: '下载', exact: true }).first().click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('notice.ofd')
  expect(readFileSync(await download.path())).toEqual(readFileSync(fixture('notice.ofd')))

  // The seal stands in the file where it was dragged to.
  const sealed = receiver.page.waitForEvent('download')
  await receiver.page.getByRole('link', { name: '下载盖章件' }).first().click()
  const path = join(world.folder, 'sealed-in-the-browser.ofd')
  await (await sealed).saveAs(path)
  const program = join(world.programs, 'yichuan')
  const looked = execFileSync(program, ['--json', 'inspect', path], {
    encoding: 'utf8',
  })
  const { signatures } = JSON.parse(looked) as {
    signatures: { stamps: Stamp[] }[]
  }
  const stamp = signatures[0]?.stamps[0]
  expect(stamp?.page).toBe(2)
  expect(stamp?.left_mm).toBeCloseTo(x, 0)
  expect(stamp?.top_mm).toBeCloseTo(y, 0)

  await clerk.page.reload()
  await clerk.page.getByRole('row').filter({ hasText: '已签收' }).waitFor()
  await clerk.inspect('sent-answered', 'zh')
  await clerk.press('查询送达')
  await clerk.says(/日志序号/u)
  await clerk.page.getByRole('tab', { name: '办理经过' }).click()
  for (const name of ['张晓芸', '王建勋', '赵若兰']) {
    await clerk.page.getByRole('cell', { name }).first().waitFor()
  }
  for (const seat of [clerk, head, keeper, receiver]) await seat.leave()
})

test('f1_a_file_that_is_marked_as_classified_is_not_taken', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open('/compose/new')
  const marked = altered(readFileSync(fixture('notice.ofd')), '加急', '机密')
  await drop(clerk.page, '防火通知.ofd', marked)
  await clerk.says(/机密/u)
  await clerk.page.getByLabel('标题').fill('关于一份不该在这里的公文的通知')
  await clerk.choose('密级', '公开')
  await clerk.press('核对并提交')
  const refused = clerk.page.locator('.lacking')
  await refused.getByText('防火通知.ofd').waitFor()
  expect(await clerk.page.getByRole('dialog').count()).toBe(0)
  const { items } = await clerk.json<{ items: { title: string | null }[] }>('/documents')
  expect(items.filter((one) => one.title?.includes('不该在这里'))).toEqual([])
  await clerk.leave()
})

test('what was returned is corrected, and the correction is told from the original', async () => {
  const title = '云岭州人民政府办公室关于第一稿有误的通知'
  const id = send(0, { title, to: '513202-zf' })
  const receiver = await Seat.taken(browser, 2, 'js01')
  await receiver.open(`/received/${id}`)
  await receiver.press('取件并查验')
  await receiver.says('查验结果')
  await receiver.press('退回')
  const asked = receiver.page.getByRole('dialog')
  await asked.getByRole('radio').first().check({ force: true })
  await asked.getByLabel('说明').fill('附件缺第2页')
  await receiver.inspect('received-return', 'zh')
  await asked.getByRole('button', { name: '退回', exact: true }).click()
  await receiver.says('已退回')

  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open('/work')
  const row = clerk.page.getByRole('row').filter({ hasText: title }).filter({ hasText: '被退回' })
  // By the keyboard: what arrives is told in the corner, over the last rows of a long list.
  await row.getByRole('button', { name: '办理' }).press('Enter')
  await clerk.press('签收退文')
  await clerk.says(/退文|日志序号/u)
  await clerk.press('拟更正件')
  await clerk.page.waitForURL(/#\/compose\/[0-9a-f-]+$/u)
  await clerk.settled()
  expect(await clerk.page.getByLabel('标题').inputValue()).toBe(title)
  await clerk.page.getByLabel('标题').fill(`${title}（更正）`)
  if (
    (await clerk.page.getByText('notice.ofd').count()) === 0 ||
    (await clerk.page.locator('.gone').count())
  ) {
    await drop(clerk.page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
    await clerk.says('可以阅读')
  }
  await clerk.press('核对并提交')
  const dialog = clerk.page.getByRole('dialog')
  await dialog.getByRole('button', { name: '封装并提交' }).click()
  await clerk.page.waitForURL(/#\/sent$/u)

  const head = await Seat.taken(browser, 0, 'sp01')
  await head.open('/approve')
  await head.page
    .getByRole('row')
    .filter({ hasText: `${title}（更正）` })
    .click()
  await head.page.getByRole('heading', { name: '与上次提交的不同' }).waitFor()
  await head.page.locator('ins').getByText('（更正）').waitFor()
  for (const seat of [receiver, clerk, head]) await seat.leave()
})

test('e6_originals_are_printed_when_the_head_has_agreed_and_their_codes_are_known', async () => {
  const title = '云岭州人民政府办公室关于需要打印的通知'
  const id = send(0, { title, to: '513201-zf', quota: 1 })
  const clerk = await Seat.taken(browser, 1, 'js01')
  await clerk.open(`/received/${id}`)
  await clerk.press('取件并查验')
  await clerk.says('查验结果')
  await clerk.press('签收')
  await clerk.confirm('签收')
  await clerk.says('已签收')
  await clerk.page.getByRole('tab', { name: '打印与删除' }).click()
  await clerk.press('提出申请')
  await clerk.says(/已申请，请负责人审批/u)
  expect(await clerk.page.getByRole('button', { name: '生成打印文件' }).count()).toBe(0)

  const head = await Seat.taken(browser, 1, 'sp01')
  const row = head.page.getByRole('row').filter({ hasText: '待同意' })
  await row.first().click()
  await head.page.waitForURL(/#\/printing$/u)
  await head.inspect('printing-waits', 'zh')
  await head.press('同意')
  await head.confirm('同意')
  await head.says(/已审批/u)

  await clerk.open('/printing')
  const downloading = clerk.page.waitForEvent('download')
  await clerk.press('生成打印文件')
  await clerk.confirm('生成打印文件')
  const path = join(world.folder, 'printed-in-the-browser.pdf')
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^打印文件-\d+\.pdf$/u)
  await download.saveAs(path)
  expect(readFileSync(path).subarray(0, 5).toString()).toBe('%PDF-')
  await clerk.says('000001')
  await clerk.inspect('printing-done', 'zh')

  // The code on the paper, and one that was made up.
  const program = join(world.programs, 'yichuan')
  const looked = execFileSync(program, ['--json', 'picture', path, '--out', `${path}.png`])
  expect(JSON.parse(looked.toString())).toMatchObject({ pages: expect.any(Number) as number })
  const { items } = await clerk.json<{ items: { index: number }[] }>(`/permissions?document=${id}`)
  const asked = items[0]?.index ?? 0
  await clerk.page.getByRole('textbox', { name: '校验码' }).fill(`YC1.${id}.000001.${asked}`)
  await clerk.press('核对')
  await clerk.says(/与记录不符|没有该记录/u)
  await clerk.page.getByRole('textbox', { name: '校验码' }).fill('<b>YC1</b>')
  clerk.forgive(/422/u)
  await clerk.press('核对')
  await clerk.says('不是正本校验码')
  for (const seat of [clerk, head]) await seat.leave()
})
