/** The exchange goes away and comes back; the desk locks; nothing that was typed is lost, and no
 * act is done twice. */

import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drop, fixture, send } from './papers'
import { exchange, launch, Seat } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

test('without the exchange a draft is kept, a banner says so, and an act is done once', async () => {
  const id = send(0, { title: '关于线路断了怎么办的通知', to: '513202-zf' }, 'submit')
  const clerk = await Seat.taken(browser, 0, 'fs01')
  const head = await Seat.taken(browser, 0, 'sp01')
  await head.open(`/approve/${id}`)
  await head.page.locator('figure img').first().waitFor()
  for (const seat of [clerk, head]) seat.forgive(/status of 503/u)
  await exchange('stop')
  try {
    await clerk.open('/compose/new')
    await clerk.page.getByLabel('标题').fill('断线时写的草稿')
    await drop(clerk.page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
    await clerk.says('可以阅读')
    await clerk.says('草稿已保存')
    await clerk.choose('密级', '公开')
    const search = clerk.page.getByRole('combobox', { name: '输入名称、代码或拼音首字母' })
    await search.click()
    await search.pressSequentially('bhx', { delay: 20 })
    await clerk.page.getByRole('option', { name: '白河县人民政府' }).first().click()
    await head.press('批准')
    await head.confirm('批准')
    await head.page.getByRole('alert').first().waitFor({ timeout: 60_000 })
    // Whoever acts meets it first; the banner stands for all that follows.
    await head.page.locator('.banner').waitFor({ timeout: 60_000 })
    await clerk.page.reload()
    await clerk.page.locator('.banner').waitFor({ timeout: 60_000 })
    await clerk.inspect('away', 'zh')
    expect(await clerk.page.getByLabel('标题').inputValue()).toBe('断线时写的草稿')
    await clerk.says('可以阅读')
    // Nothing is closed without the exchange, and the draft stays.
    await clerk.press('核对并提交')
    await clerk.press('封装并提交')
    await clerk.dialog('提交前核对').getByRole('alert').waitFor()
    await clerk.press('返回修改')
    expect(await clerk.page.getByLabel('标题').inputValue()).toBe('断线时写的草稿')
    await clerk.open('/registers')
    await clerk.page.getByRole('row').nth(2).waitFor()
  } finally {
    await exchange('start')
  }
  await head.page.locator('.banner').waitFor({ state: 'detached', timeout: 60_000 })
  await head.open(`/approve/${id}`)
  const approve = head.page.getByRole('button', { name: '批准', exact: true })
  await approve.click()
  await head.confirm('批准')
  await head.page.waitForURL(/#\/approve$/u)
  const { approvals } = await clerk.json<{ approvals: unknown[] }>(`/documents/${id}`)
  expect(approvals.length).toBe(1)
  for (const seat of [clerk, head]) await seat.leave()
})

test('g4_a_locked_desk_hides_the_page_and_gives_back_what_was_typed', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  clerk.forgive(/status of 4(01|23)/u)
  await clerk.open('/compose/new')
  await clerk.page.getByLabel('标题').fill('锁定之前写的')
  await clerk.press(/锁定/u)
  await clerk.page.locator('#password').waitFor()
  expect(await clerk.page.getByLabel('标题').isVisible()).toBe(false)
  await clerk.page.locator('#password').fill('wrong')
  await clerk.page.locator('#password').press('Enter')
  await clerk.page.getByRole('alert').first().waitFor()
  await clerk.page.locator('#password').fill('Show-case-1')
  await clerk.page.locator('#password').press('Enter')
  await clerk.page.getByLabel('标题').waitFor({ state: 'visible' })
  expect(await clerk.page.getByLabel('标题').inputValue()).toBe('锁定之前写的')
  await clerk.leave()
})

test('g4_a_password_is_changed_before_signing_in_and_the_old_one_is_worth_nothing', async () => {
  const seat = await Seat.at(browser, 3, 'sj01')
  seat.forgive(/status of 4\d\d/u)
  const { page } = seat
  const account = `${seat.office.code}-sj01`
  await page.locator('#account').click()
  await page.getByRole('option', { name: account, exact: true }).click()
  await seat.press(/先更改口令|更改口令|更换口令/u)
  await page.locator('#password').fill('Show-case-1')
  await page.locator('#fresh').fill('weak')
  await page.locator('#again').fill('weak')
  const change = page.getByRole('button', { name: /更改|更换/u }).last()
  expect(await change.isDisabled(), 'a weak one cannot be sent').toBe(true)
  await page.locator('#fresh').fill('Newer-case-22')
  await page.locator('#again').fill('Newer-case-22')
  await page.locator('#again').press('Enter')
  await page.locator('main.main').waitFor()
  await seat.press(/退出/u)
  await page.locator('#password').fill('Show-case-1')
  await page.locator('#password').press('Enter')
  await seat.says('口令不正确')
  await page.locator('#password').fill('Newer-case-22')
  await page.locator('#password').press('Enter')
  await page.locator('main.main').waitFor()
  await seat.leave()
})
