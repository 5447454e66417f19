/** What journeys are made of: a browser, seats at desks, and what must never happen at any. */

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type Locator,
  type Page,
} from 'playwright-core'
import { expect, inject, onTestFailed } from 'vitest'
import { SHOTS, watchControls } from './controls'
import type { Office } from './world'

/** What is given to this process, of what each process is given one. */
function ours<T>(all: T[]): T {
  const found = all[Number(process.env['VITEST_POOL_ID'] ?? 1) - 1]
  if (found === undefined) throw new Error('there are fewer worlds than processes')
  return found
}

export const world = ours(inject('worlds'))
/** The smallest screen that an office has. */
export const SCREEN = { width: 1366, height: 768 }
export type Language = 'zh' | 'en'

export function office(place: number): Office {
  const found = world.offices[place]
  if (!found) throw new Error(`no office ${place}`)
  return found
}

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

let stopped = false

/** Stops or starts the exchange, and waits until it has. A journey that fails leaves it running. */
export async function exchange(act: 'stop' | 'start'): Promise<void> {
  stopped = act === 'stop'
  if (stopped) {
    onTestFailed(async () => {
      if (stopped) await exchange('start')
    })
  }
  const said = await fetch(`${ours(inject('controls'))}${act}%20exchange`)
  expect(await said.json()).toEqual({ done: `${act} exchange` })
}

/** Somebody at a desk. Whatever goes wrong behind the page is kept, and `leave` tells of it. */
export class Seat {
  readonly faults: string[] = []
  private readonly forgiven: RegExp[] = []

  private constructor(
    readonly office: Office,
    readonly letters: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  /** Opens the sign-in page of an office. */
  static async at(
    browser: Browser,
    place: number | Office,
    letters: string,
    language: Language = 'zh',
  ) {
    const where = typeof place === 'number' ? office(place) : place
    const context = await browser.newContext({
      viewport: SCREEN,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Asia/Shanghai',
      acceptDownloads: true,
    })
    context.setDefaultTimeout(20_000)
    await watchControls(context, letters)
    const page = await context.newPage()
    const seat = new Seat(where, letters, context, page)
    seat.watch()
    // What the page showed when a journey failed; the seat is left open then.
    onTestFailed(async ({ task }) => {
      mkdirSync(SHOTS, { recursive: true })
      const name = `failed-${task.name.replaceAll(/\W+/gu, '-')}-${letters}.png`
      await page.screenshot({ path: join(SHOTS, name) }).catch(() => undefined)
      await seat.ask('/session', 'DELETE').catch(() => undefined)
      await context.close()
    })
    await page.goto(where.desk)
    if (language === 'en') await page.getByRole('button', { name: 'English' }).click()
    return seat
  }

  /** Signs in. */
  static async taken(browser: Browser, place: number, letters: string, language: Language = 'zh') {
    const seat = await Seat.at(browser, place, letters, language)
    await seat.enter()
    return seat
  }

  private watch() {
    const { page, faults } = this
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url())
      if (['blob:', 'data:'].includes(protocol)) return
      if (`${origin}/` !== this.office.desk) faults.push(`a request left: ${request.url()}`)
    })
    page.on('websocket', (socket) => faults.push(`a socket was opened: ${socket.url()}`))
    page.on('pageerror', (error) => faults.push(`the page broke: ${error.message}`))
    page.on('dialog', (dialog) => {
      faults.push(`a script spoke: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(message.text())
    })
  }

  /** What a journey brings about on purpose, such as a refused request in the console. */
  forgive(...expected: RegExp[]) {
    this.forgiven.push(...expected)
  }

  async enter(password = world.password) {
    const { page } = this
    await page.locator('#account').click()
    const name = `${this.office.code}-${this.letters}`
    await page.getByRole('option', { name, exact: true }).click()
    await page.locator('#password').fill(password)
    await page.locator('#password').press('Enter')
    await page.locator('main.main').waitFor()
  }

  /** Opens a page by its address behind the hash, and waits until it has asked what it needs. */
  async open(path: string) {
    await this.page.goto(`${this.office.desk}#/work`)
    await this.page.goto(`${this.office.desk}#${path}`)
    await this.settled()
  }

  /** The page has nothing more to wait for. */
  async settled() {
    await this.page.locator('main .el-skeleton').waitFor({ state: 'detached' })
    await this.page.locator('h1').first().waitFor()
  }

  async press(name: string | RegExp) {
    await this.page.getByRole('button', { name, exact: true }).first().click()
  }

  /** Unfolds a list, which is drawn over the field that the keyboard is in. */
  async unfold(list: string | Locator) {
    // One that is on its way out is still drawn over the next field.
    const drawn = this.page.locator('.el-select__popper').locator('visible=true')
    await expect.poll(() => drawn.count()).toBe(0)
    const field = typeof list === 'string' ? this.page.getByRole('combobox', { name: list }) : list
    const unfolded = async () => {
      if (await drawn.count()) return true
      await field.click({ force: true })
      await drawn
        .first()
        .waitFor({ timeout: 2_000 })
        .catch(() => undefined)
      return (await drawn.count()) > 0
    }
    // A dialog that is still moving gets the click where it is going to be.
    await expect.poll(unfolded).toBe(true)
  }

  /** Chooses from a list. */
  async choose(list: string, option: string | RegExp) {
    await this.unfold(list)
    const chosen = this.page.getByRole('option', { name: option, exact: true })
    await (typeof option === 'string' ? chosen : chosen.first()).click()
  }

  /** Chooses from a list that takes several, and folds it. */
  async adds(list: string, option: string | RegExp) {
    await this.choose(list, option)
    await this.page.keyboard.press('Escape')
  }

  /** Chooses the act in the question that is asked before it. */
  async confirm(name: string) {
    const box = this.page.locator('.el-message-box')
    await box.getByRole('button', { name, exact: true }).click()
    await box.waitFor({ state: 'hidden' })
  }

  /** As `confirm`, where the question asks for the password or the PIN once more. */
  async prove(name: string, secret = world.password) {
    await this.page.locator('.el-message-box input[type=password]').fill(secret)
    await this.confirm(name)
  }

  /** A dialog or a question, by its heading. */
  dialog(title: string | RegExp) {
    return this.page.getByRole('dialog', { name: title }).locator('visible=true')
  }

  /** Opens a dialog and goes back, by its button and by the cross in its corner. */
  async goesBack(title: string | RegExp, open: () => Promise<unknown>, by = '取消') {
    for (const way of [by, '关闭此对话框']) {
      await open()
      const box = this.dialog(title)
      await box.getByRole('button', { name: way, exact: true }).click()
      await box.waitFor({ state: 'hidden' })
    }
  }

  /** Answers the question that asks for words. */
  async answer(text: string, act: string) {
    await this.page.locator('.el-message-box textarea').fill(text)
    await this.confirm(act)
  }

  /** Types a date into its field, as it is shown there; a span has two. */
  async date(field: string, ...dates: string[]) {
    const label = `[aria-label="${field}"]`
    const one = this.page.locator(`.el-date-editor${label}, .el-date-editor:has(${label})`)
    const inputs = one.locator('input')
    for (const [at, date] of dates.entries()) await inputs.nth(at).fill(date)
    await inputs.nth(dates.length - 1).press('Enter')
  }

  /** What the browser would print was asked of it once more than before. */
  async prints(): Promise<void> {
    await this.page.evaluate(() => {
      window.print = () => {
        document.body.dataset['printed'] = document.title
      }
    })
    await this.press('打印')
    await this.page.locator('body[data-printed]').waitFor()
  }

  /** The text of a download that this act begins. */
  async saves(act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
    const downloading = this.page.waitForEvent('download')
    await act()
    const download = await downloading
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  }

  async says(text: string | RegExp) {
    await this.page.getByText(text).locator('visible=true').first().waitFor()
  }

  /** Asks the desk itself, with the session of this seat. */
  async ask(path: string, method = 'GET', body?: unknown) {
    const answer = await this.context.request.fetch(`${this.office.desk}api/v1${path}`, {
      method,
      headers: { 'x-yichuan': '1', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { data: JSON.stringify(body) }),
    })
    return { status: answer.status(), text: await answer.text(), answer }
  }

  async json<T>(path: string): Promise<T> {
    const { status, text } = await this.ask(path)
    expect(status, `${path}: ${text}`).toBe(200)
    return JSON.parse(text) as T
  }

  /** A picture for people to look at, and what a page must be: no wider than the screen, and
   * without a serious fault for who cannot see it. */
  async inspect(name: string, language: Language) {
    await this.settled()
    await this.page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'))
    await this.page.mouse.move(0, 0)
    // A colour on its way to another one is neither.
    await this.page.evaluate(async () => {
      const all = document.getAnimations()
      const ending = all.filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
      await Promise.allSettled(ending.map((one) => one.finished))
    })
    // Pictures of pages come last, and take their time where nothing is optimised.
    await this.page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => undefined)
    const drawn = () =>
      [...document.querySelectorAll<HTMLImageElement>('main img')].every((one) => one.complete)
    await this.page.waitForFunction(drawn)
    mkdirSync(SHOTS, { recursive: true })
    await this.page.screenshot({
      path: join(SHOTS, `${language}-${this.letters}-${name}.png`),
    })
    const beyond = await this.page.evaluate(() => {
      const main = document.querySelector('main')
      const root = document.documentElement
      const main1 = main ? main.scrollWidth - main.clientWidth : 0
      return Math.max(root.scrollWidth - innerWidth, main1)
    })
    expect(beyond, `${name} is wider than the screen`).toBeLessThanOrEqual(0)
    const { violations } = await new AxeBuilder({ page: this.page }).analyze()
    const grave = violations.filter((one) => ['serious', 'critical'].includes(one.impact ?? ''))
    const told = grave.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`)
    expect(told, `${name} in ${language}`).toEqual([])
  }

  /** Ends, and refuses anything that went wrong behind the page. */
  async leave() {
    // The page asks nothing more.
    await this.page.goto('about:blank')
    // A desk has room for so many sessions; one that was left would stay until it is swept.
    await this.ask('/session', 'DELETE')
    await this.context.close()
    const faults = this.faults.filter((fault) => !this.forgiven.some((one) => one.test(fault)))
    expect(faults, `${this.office.code}-${this.letters}`).toEqual([])
  }
}
