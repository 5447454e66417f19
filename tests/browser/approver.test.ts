/** 审批: everything that the pages offer to who decides. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, fixture, scanned, send } from './papers'
import { launch, Seat, world } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

test('a scanned page is declared to be read, one document approved and one refused', async () => {
  const attachment = join(world.folder, '扫描件.pdf')
  writeFileSync(attachment, scanned())
  const titles = ['附扫描件', '不予批准'].map((what) => `关于${what}的通知${Date.now()}`)
  const [good, bad] = titles.map((title, at) =>
    send(0, { title, to: '513202-zf', ...(at ? {} : { attachment }) }, 'submit'),
  )
  const head = await Seat.taken(browser, 0, 'sp01')
  const { page } = head
  await head.open('/approve')
  await page.getByRole('textbox', { name: '查标题、字号、单位' }).fill(titles[0] ?? '')
  await expect.poll(() => page.locator('main tbody tr').count()).toBe(1)
  await page.locator('main tbody tr').first().click()
  await page.waitForURL(new RegExp(`approve/${good}`, 'u'))
  await page.getByRole('tab', { name: '扫描件.pdf' }).click()
  await page.getByRole('img', { name: '扫描件.pdf 第 1 页' }).waitFor()
  await page.getByRole('tab', { name: 'notice.ofd' }).click()
  for (const summary of await page.locator('main summary').all()) await summary.click()
  const link = page.getByRole('tabpanel').getByRole('link', { name: '下载' })
  const saved = await head.saves(() => link.locator('visible=true').click())
  expect(saved.bytes).toEqual(readFileSync(fixture('notice.ofd')))
  await page.getByRole('textbox', { name: '附注' }).fill('扫描件已阅')
  await head.press('记入附注')
  await page.locator('main li').getByText('扫描件已阅').waitFor()
  const approve = page.getByRole('button', { name: '批准', exact: true })
  expect(await approve.isDisabled(), 'nobody has read the scanned page').toBe(true)
  await page.getByText('我已逐件阅看').click()
  await head.goesBack('批准', () => approve.click())
  await approve.click()
  await head.confirm('批准')
  await head.says(/已批准，日志序号/u)
  interface Now {
    stage: { code: string }
    approvals: { account: string }[]
  }
  const now = (id = '') => head.json<Now>(`/documents/${id}`)
  expect((await now(good)).approvals.map((one) => one.account)).toEqual(['513200-zfb-sp01'])

  await head.open(`/approve/${bad}`)
  await head.press('返回列表')
  await page.waitForURL(/#\/approve$/u)
  await head.open(`/approve/${bad}`)
  await head.press('不予批准')
  await page.locator('.el-message-box').getByRole('button', { name: '不予批准' }).click()
  await page.locator('.el-message-box').getByText('请填写').waitFor()
  await head.answer('依据不足，请补充', '不予批准')
  await head.says(/已退回拟稿人/u)
  expect((await now(bad)).stage.code).toBe('refused-by-the-approver')
  await head.leave()
})

test('more recipients are granted and denied', async () => {
  const id = send(0, { title: '关于补发待批的通知', to: '513201-zf' })
  for (const unit of ['513202-zf', '513200-daj']) call(0, 'fs01', 'supplement', id, '--to', unit)
  const head = await Seat.taken(browser, 0, 'sp01')
  await head.open(`/approve/${id}`)
  const heading = head.page.getByRole('heading', { name: '补发申请' })
  const asked = head.page.locator('section').filter({ has: heading })
  const waits = (name: string) => asked.filter({ hasText: name })
  await waits('白河县人民政府').getByRole('button', { name: '同意补发' }).click()
  await head.says('已同意补发')
  await waits('云岭州档案局').getByRole('button', { name: '不同意', exact: true }).click()
  await head.says('已记录不同意')
  interface Now {
    supplements: { units: { code: string }[]; granted: boolean | null }[]
    deliveries: { unit: { code: string } }[]
  }
  const { supplements, deliveries } = await head.json<Now>(`/documents/${id}`)
  const decided = supplements.map((one) => `${one.units[0]?.code} ${one.granted}`)
  expect(decided.sort()).toEqual(['513200-daj false', '513202-zf true'])
  expect(deliveries.map((one) => one.unit.code).sort()).toEqual(['513201-zf', '513202-zf'])
  await head.leave()
})
