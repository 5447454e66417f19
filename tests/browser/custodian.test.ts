/** 用印: everything that the pages offer to who keeps the seal. */

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, send } from './papers'
import { launch, Seat } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const approved = (title: string) => send(0, { title, to: '513202-zf' }, 'approve')

/** Where the seal is, in millimetres, as the page says to who cannot see it. */
async function place(seat: Seat): Promise<{ page: number; x: number; y: number }> {
  const label = (await seat.page.locator('.impression').getAttribute('aria-label')) ?? ''
  const [page = 0, x = 0, y = 0] = (label.match(/\d+(?:\.\d)?/gu) ?? []).map(Number)
  return { page, x, y }
}

test('the seal is moved by keys and by numbers, to another page, and back', async () => {
  const title = `关于移动印章的通知${Date.now()}`
  const id = approved(title)
  const keeper = await Seat.taken(browser, 0, 'yz01')
  const { page } = keeper
  await keeper.open('/seal')
  await page.getByRole('textbox', { name: '查标题、字号、单位' }).fill(title)
  await expect.poll(() => page.locator('main tbody tr').count()).toBe(1)
  await page.locator('main tbody tr').first().click()
  await page.locator('.sheet img').first().waitFor()
  await page.locator('.impression').waitFor()
  const first = await place(keeper)
  await page.locator('.impression').press('ArrowLeft')
  await page.locator('.impression').press('Shift+ArrowUp')
  expect(await place(keeper)).toEqual({ ...first, x: first.x - 1, y: first.y - 10 })
  await page.getByLabel('距左（毫米）').fill('50')
  await page.getByLabel('距左（毫米）').press('Enter')
  await page.getByLabel('距上（毫米）').fill('60')
  await page.getByLabel('距上（毫米）').press('Enter')
  expect(await place(keeper)).toEqual({ ...first, x: 50, y: 60 })
  await keeper.press('恢复建议位置')
  await expect.poll(() => place(keeper)).toEqual(first)
  await keeper.press('上一页')
  await page.locator('.impression').waitFor({ state: 'detached' })
  await keeper.press('把印章移到本页')
  expect((await place(keeper)).page).toBe(first.page - 1)
  await keeper.press('下一页')
  await keeper.press('放大')
  await page.locator('.sheet.wide').waitFor()
  await keeper.press('整页')
  await page.getByRole('combobox', { name: '印章' }).click({ force: true })
  await page.getByRole('option').locator('visible=true').first().click()
  await keeper.goesBack('盖章发出', () => keeper.press('盖章发出'))
  await keeper.press('返回列表')
  await page.waitForURL(/#\/seal$/u)
  const { stage } = await keeper.json<{ stage: { code: string } }>(`/documents/${id}`)
  expect(stage.code, 'looking at it has sent nothing').toBe('approved')
  call(0, 'yz01', 'seal', id)
  await keeper.leave()
})

test('a seal goes across the pages, or on none of them', async () => {
  const [across, none] = ['骑缝', '不盖'].map((what) => approved(`关于${what}的通知`))
  const keeper = await Seat.taken(browser, 0, 'yz01')
  const { page } = keeper
  await keeper.open(`/seal/${across}`)
  await page.locator('.impression').waitFor()
  const proposing = page.waitForResponse(/seal\/proposal/u)
  await page.getByText('加盖骑缝章').click()
  await proposing
  await keeper.press('盖章发出')
  await keeper.prove('盖章发出')
  await keeper.says(/已盖电子印章 \d+ 处/u)
  await keeper.open(`/seal/${none}`)
  await page.locator('.impression').waitFor()
  await page.getByText('版面不盖章（如纪要）').click()
  await keeper.says('只签署用印记录，版面上不出现印章。')
  await keeper.press('盖章发出')
  await keeper.prove('盖章发出')
  await keeper.says(/已用印，日志序号/u)
  interface Now {
    stage: { code: string }
    seals: { account: string }[]
  }
  for (const id of [across, none]) {
    const { stage, seals } = await keeper.json<Now>(`/documents/${id}`)
    expect(stage.code).toBe('dispatched')
    expect(seals.map((one) => one.account)).toEqual(['513200-zfb-yz01'])
  }

  // What arrives bears the one and not the other.
  for (const id of [across, none]) call(2, 'js01', 'fetch', id ?? '')
  const receiver = await Seat.taken(browser, 2, 'js01')
  const sealed = async (id = '') =>
    (await receiver.json<{ sealed: { index: number }[] }>(`/documents/${id}/received`)).sealed
  expect((await sealed(across)).length).toBe(1)
  expect(await sealed(none)).toEqual([])
  for (const seat of [keeper, receiver]) await seat.leave()
})
