/** A password that has run out (Art. 17), in a world that was founded more than a day ago. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import { launch, Seat } from './stage'
import { opened } from './world'

let browser: Browser
let stale: Awaited<ReturnType<typeof opened>> | undefined
beforeAll(async () => {
  browser = await launch()
  stale = await opened('--stale-passwords')
})
afterAll(async () => {
  await browser.close()
  await stale?.end()
})

test('g4_an_expired_password_opens_nothing_until_it_is_changed', async () => {
  const office = stale?.world.offices[0]
  if (!stale || !office) throw new Error('no office')
  const clerk = await Seat.at(browser, office, 'fs01')
  clerk.forgive(/status of 4\d\d/u)
  const { page } = clerk
  const name = `${office.code}-fs01`
  await page.locator('#account').click()
  await page.getByRole('option', { name, exact: true }).click()
  await page.locator('#password').fill(stale.world.password)
  await page.locator('#password').press('Enter')
  // The page asks for another one, and nothing is open meanwhile.
  await clerk.says('口令已到期或需要更换')
  expect((await clerk.ask('/work')).status).toBe(401)
  await clerk.inspect('expired', 'zh')
  // The same password, or one with a slip in it, is no other one.
  const submit = page.getByRole('button', { name: '更换口令', exact: true })
  await page.locator('#fresh').fill(stale.world.password)
  await clerk.says('新口令与现用口令相同')
  await page.locator('#fresh').fill('Another-case-2')
  await page.locator('#again').fill('Another-case-3')
  await clerk.says('两次输入的新口令不一致')
  expect(await submit.isDisabled()).toBe(true)
  await page.locator('#again').fill('Another-case-2')
  await submit.click()
  await page.locator('main.main').waitFor()
  await clerk.open('/sent')
  await clerk.leave()

  // From now on the new one opens, and the old one does not.
  const again = await Seat.at(browser, office, 'fs01')
  again.forgive(/status of 4\d\d/u)
  await again.page.locator('#account').click()
  await again.page.getByRole('option', { name, exact: true }).click()
  await again.page.locator('#password').fill(stale.world.password)
  await again.page.locator('#password').press('Enter')
  await again.says('口令不正确')
  await again.page.locator('#password').fill('Another-case-2')
  await again.page.locator('#password').press('Enter')
  await again.page.locator('main.main').waitFor()
  await again.leave()
})
