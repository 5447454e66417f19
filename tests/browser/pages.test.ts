/** Every page of every role in both languages: no wider than the smallest screen, usable without
 * seeing or a mouse, no request leaves the computer; pictures for people go to
 * `target/screenshots`. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drop, fixture } from './papers'
import { launch, office, Seat, world, type Language } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Lists that lead to one document, which is a page, too. */
const LISTS = new Set(['approve', 'seal', 'sent', 'received'])
const PAIRS = [
  ['fs01', 'sp01'],
  ['yz01', 'js01'],
  ['da01', 'sj01'],
  ['gl01', 'dc01'],
] as const

/** Opens every page that an account has, and everything on it that is a page by itself. */
async function everyPage(letters: string, language: Language) {
  const seat = await Seat.taken(browser, 0, letters, language)
  const links = await seat.page
    .locator('nav a')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')?.replace('#', '') ?? ''))
  expect(links).toContain('/work')
  expect(links.length).toBeGreaterThan(1)
  for (const link of links) {
    const name = link.replace('/', '')
    await seat.page.locator(`nav a[href="#${link}"]`).click()
    await seat.settled()
    await seat.inspect(name, language)
    if (!LISTS.has(name)) continue
    await seat.page.locator('main tbody tr').first().click()
    await seat.page.waitForURL(new RegExp(`#/${name}/.+`, 'u'))
    await seat.inspect(`${name}-one`, language)
    for (const tab of await seat.page.getByRole('tab').all()) await tab.click()
    await seat.settled()
  }
  if (letters === 'fs01') {
    await seat.open('/compose/new')
    await drop(seat.page, 'notice.ofd', readFileSync(fixture('notice.ofd')))
    await seat.page.locator('figure img').first().waitFor()
    await seat.inspect('compose-one', language)
  }
  if (letters === 'gl01') {
    for (const [page, name] of [
      ['/authority', 'roster'],
      ['/staff', 'staff'],
    ] as const) {
      await seat.open(page)
      for (const tab of await seat.page.getByRole('tab').all()) {
        await tab.click()
        const which = (await tab.getAttribute('id'))?.split('-').at(-1) ?? ''
        await seat.inspect(`${name}-${which}`, language)
      }
    }
  }
  await seat.leave()
}

describe.each<Language>(['zh', 'en'])('in %s', (language) => {
  test('the sign-in page', async () => {
    const seat = await Seat.at(browser, 0, 'door', language)
    await seat.page.locator('#account').waitFor()
    await seat.inspect('sign-in', language)
    await seat.press(language === 'zh' ? '登记新帐号' : 'Enrol an account')
    await seat.inspect('enrol', language)
    await seat.leave()
  })

  // Two at once, for each of them waits for its browser most of the time.
  test.each(PAIRS)('every page of %s and of %s', async (one, other) => {
    await Promise.all([one, other].map((letters) => everyPage(letters, language)))
  })
})

test('how soon a page is of use is told', async () => {
  const seat = await Seat.taken(browser, 0, 'fs01')
  for (const path of ['/work', '/registers', '/compose/new']) {
    await seat.page.goto('about:blank')
    await seat.page.goto(`${seat.office.desk}#${path}`)
    await seat.settled()
    const use = await seat.page.evaluate(() => performance.now())
    // It is told some time after it was painted.
    const painting = await seat.page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    )
    const paint = (await painting.jsonValue()) ?? 0
    expect(paint).toBeGreaterThan(0)
    // The aim is one second with the programs as they are shipped and nothing else at work.
    console.info(`${path}: painted after ${paint.toFixed(0)} ms, of use after ${use.toFixed(0)} ms`)
  }
  await seat.leave()
})

/** Numbers the controls of a page that the keyboard is to reach. */
async function numbered(seat: Seat): Promise<string[]> {
  return seat.page
    .locator('main')
    .locator('button:enabled, textarea, summary, [role=combobox], input:not([type=file])')
    .evaluateAll((all) =>
      all
        .filter((one) => one.getClientRects().length > 0 && !one.matches('[type=radio]'))
        .filter(
          (one) =>
            !one.matches('[tabindex="-1"]') && !one.closest('details:not([open]) > *:not(summary)'),
        )
        .map((one, at) => {
          one.setAttribute('data-reach', String(at))
          return String(at)
        }),
    )
}

test('the keyboard alone reaches everything in a draft', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open('/compose/new')
  // What the directory and the pick lists bring is there after a moment, and then stays.
  let wanted: string[] = []
  const controls = async () => {
    const before = wanted.length
    wanted = await numbered(clerk)
    return wanted.length > 10 && wanted.length === before
  }
  await expect.poll(controls, { interval: 300 }).toBe(true)
  const reached = new Set<string>()
  await clerk.page.locator('h1').first().focus()
  for (let step = 0; step < 120 && reached.size < wanted.length; step += 1) {
    await clerk.page.keyboard.press('Tab')
    const found = await clerk.page.evaluate(() => {
      const active = document.activeElement
      const outline = active ? getComputedStyle(active) : null
      return {
        place: active?.getAttribute('data-reach') ?? null,
        seen: outline !== null,
      }
    })
    expect(found.seen).toBe(true)
    if (found.place !== null) reached.add(found.place)
  }
  const missed = wanted.filter((place) => !reached.has(place))
  const names = await Promise.all(
    missed.map((place) =>
      clerk.page
        .locator(`[data-reach="${place}"]`)
        .evaluate((one) => one.getAttribute('aria-label') ?? one.textContent),
    ),
  )
  expect(names).toEqual([])
  await clerk.leave()
})

test('the program has the real pages inside', async () => {
  const desk = office(0).desk
  expect(office(0).pages).toBe(true)
  const index = await (await fetch(desk)).text()
  expect(index).not.toContain('cargo xtask web')
  const script = /<script type="module"[^>]* src="(\/assets\/[^"]+\.js)"/u.exec(index)?.[1]
  const built = join(import.meta.dirname, '../../crates/desk/web/dist', script ?? 'none')
  const served = await fetch(new URL(script ?? 'none', desk))
  expect(served.status).toBe(200)
  const bytes = Buffer.from(await served.arrayBuffer())
  expect(bytes.equals(readFileSync(built)), 'the pages that were built here').toBe(true)
  // In the file itself, not beside it: a debug program may read them from the folder.
  if (!world.programs.endsWith('debug')) {
    const program = join(world.programs, 'yichuan')
    const found = execFileSync('grep', [
      '-c',
      '-a',
      '-F',
      script?.split('/').at(-1) ?? '?',
      program,
    ])
    expect(Number(found.toString())).toBeGreaterThan(0)
  }
})
