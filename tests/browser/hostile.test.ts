/** What another office, a page of a stranger or a colleague might try. Each test is named after its
 * case in `docs/threats.md`. */

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { altered, call, drop, fixture, send, sign } from './papers'
import { launch, office, Seat, world } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Markup in each way in which it gets into a page: as an element, out of an attribute, through
 * an interpolation, and as an address. */
const SCRIPT = '<img src=x onerror=alert(1)><svg/onload=alert(2)>'
const INTERPOLATED = '{{constructor.constructor("alert(3)")()}}"><b id=broken>'

/** Nothing of it became part of the page. */
async function staysText(seat: Seat, shown: string) {
  await seat.page.getByText(shown).locator('visible=true').first().waitFor()
  const made = await seat.page.evaluate(() => ({
    broken: document.querySelectorAll('#broken, img[src="x"], [onerror], [onload]').length,
    scripts: document.querySelectorAll('script:not([src])').length,
  }))
  expect(made).toEqual({ broken: 0, scripts: 0 })
}

test('g4_markup_in_what_another_office_writes_stays_text_on_every_page', async () => {
  const title = `关于${SCRIPT}的通知`
  const id = send(0, {
    title,
    to: '513201-zf',
    contact: { name: INTERPOLATED, phone: '"><script>alert(4)</script>' },
    metadata: {
      signed_by: SCRIPT,
      issuer_mark: INTERPOLATED,
      remark: '<iframe srcdoc="<script>alert(5)</script>">',
      copy_recipients: ['javascript:alert(6)'],
      annexes: [SCRIPT],
    },
  })
  const receiver = await Seat.taken(browser, 1, 'js01')
  await receiver.open(`/received/${id}`)
  await receiver.press('取件并查验')
  await receiver.says('查验结果')
  await staysText(receiver, SCRIPT)
  await receiver.page.getByRole('tab', { name: '公文要素' }).click()
  await staysText(receiver, '{{constructor')
  for (const path of ['/work', '/received', '/registers']) {
    await receiver.open(path)
    await staysText(receiver, SCRIPT)
  }

  // Reasons and calls go the other way.
  await receiver.open(`/received/${id}`)
  await receiver.press('退回')
  const asked = receiver.page.getByRole('dialog')
  await asked.getByRole('radio').last().check({ force: true })
  await asked.getByLabel('说明').fill(SCRIPT)
  await asked.getByRole('button', { name: '退回', exact: true }).click()
  await receiver.says('已退回')
  call(1, 'js01', 'contact', id, '--outcome', 'other', '--text', INTERPOLATED)
  const clerk = await Seat.taken(browser, 0, 'fs01')
  for (const path of ['/work', '/sent', '/registers']) {
    await clerk.open(path)
    await staysText(clerk, SCRIPT)
  }
  await clerk.open(`/sent/${id}`)
  await clerk.page.getByRole('tab', { name: '联系记录' }).click()
  await staysText(clerk, '{{constructor')
  await clerk.page.getByRole('tab', { name: '办理经过' }).click()
  await staysText(clerk, SCRIPT)

  const auditor = await Seat.taken(browser, 0, 'sj01')
  await auditor.open('/audit')
  await auditor.page.getByRole('row').nth(3).waitFor()
  await auditor.open('/supervision')
  for (const seat of [receiver, clerk, auditor]) await seat.leave()
})

test('g4_markup_in_a_colleagues_opinion_and_in_a_refusal_stays_text', async () => {
  const id = send(0, { title: '关于附注里有标签的通知', to: '513202-zf' }, 'submit')
  call(0, 'fs01', 'note', 'add', id, '--kind', 'opinion', '--text', SCRIPT)
  call(0, 'sp01', 'refuse', id, '--reason', INTERPOLATED)
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open(`/sent/${id}`)
  await staysText(clerk, '{{constructor')
  await clerk.page.getByRole('tab', { name: '附注' }).click()
  await staysText(clerk, SCRIPT)
  await clerk.leave()
})

test('g4_markup_in_the_name_of_a_unit_and_of_a_person_stays_text', async () => {
  const before = await Seat.taken(browser, 0, 'gl01')
  const { exchange } = await before.json<{ exchange: string }>('/settings')
  await before.leave()
  sign(exchange, 'unit', '--code', '513209-zf', '--name', `红岩县${SCRIPT}局`)
  const phones = ['--office-phone', '"><img src=x>', '--mobile', '<b>1</b>']
  sign(exchange, 'person', '--id', 'p-liu513202zf', '--name', INTERPOLATED, ...phones)
  const id = send(0, { title: '关于名称里有标签的通知', to: '513202-zf' })
  call(2, 'js01', 'fetch', id)
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open(`/sent/${id}`)
  await staysText(clerk, '{{constructor')
  await clerk.open('/compose/new')
  await clerk.page.getByLabel('标题').fill(SCRIPT)
  await clerk.says('草稿已保存')
  await clerk.press('从通讯录选')
  await staysText(clerk, SCRIPT)
  await clerk.page.keyboard.press('Escape')
  for (const path of ['/compose', '/work']) {
    await clerk.open(path)
    await staysText(clerk, SCRIPT)
  }
  const manager = await Seat.taken(browser, 0, 'gl01')
  await manager.open('/authority')
  await staysText(manager, SCRIPT)
  for (const seat of [clerk, manager]) await seat.leave()
})

test('e1_a_file_name_that_lies_or_is_markup_is_shown_for_what_it_is', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  // The desk refuses names that are paths or hide their ends; whatever it takes stays text.
  clerk.forgive(/status of 4\d\d/u)
  await clerk.open('/compose/new')
  const ofd = readFileSync(fixture('notice.ofd'))
  const names = ['<img src=x onerror=alert(1)>.ofd', '通知\u202Edfo.exe', '..\\..\\通知.ofd']
  for (const name of names) {
    await drop(clerk.page, name, ofd)
    await clerk.page.getByRole('alert').or(clerk.page.locator('.file')).first().waitFor()
  }
  const text = await clerk.page.locator('main').innerText()
  expect(text, 'a sign that turns the text').not.toContain('\u202E')
  expect(await clerk.page.locator('main img[src="x"]').count()).toBe(0)
  const { items } = await clerk.json<{ items: { name: string }[] }>('/files')
  for (const { name } of items) {
    expect(/[/\\<>:"|?*\u0000-\u001f\u202a-\u202e]/u.test(name), name).toBe(false)
  }
  await clerk.leave()
})

test('e1_a_file_that_came_with_a_name_of_another_kind_is_only_ever_downloaded', async () => {
  const folder = join(world.folder, 'e1')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, '说明 (最终) .html.ofd')
  copyFileSync(fixture('notice.ofd'), file)
  const id = send(0, { title: '关于文件名的通知', to: '513202-zf', file })
  const receiver = await Seat.taken(browser, 2, 'js01')
  await receiver.open(`/received/${id}`)
  await receiver.press('取件并查验')
  await receiver.says('查验结果')
  const { answer } = await receiver.ask(`/documents/${id}/parts/0`)
  expect(answer.headers()['content-disposition']).toMatch(/^attachment/u)
  expect(answer.headers()['x-content-type-options']).toBe('nosniff')
  expect(answer.headers()['content-type']).not.toContain('html')
  await receiver.leave()
})

test('g5_a_page_that_a_role_has_not_leads_nowhere_and_its_acts_are_refused', async () => {
  const id = send(0, { title: '关于不能自己批自己的通知', to: '513202-zf' }, 'submit')
  const clerk = await Seat.taken(browser, 0, 'fs01')
  clerk.forgive(/status of 4\d\d/u)
  for (const path of [`/approve/${id}`, `/seal/${id}`, '/audit', '/authority']) {
    await clerk.page.goto(`${clerk.office.desk}#${path}`)
    await clerk.page.locator('main').waitFor()
    for (const act of ['批准', '盖章发出']) {
      expect(await clerk.page.getByRole('button', { name: act, exact: true }).count()).toBe(0)
    }
  }
  for (const [path, body] of [
    [`/documents/${id}/approve`, { declare_read: true }],
    [`/documents/${id}/seal`, { password: world.password }],
    [`/documents/${id}/refuse`, { opinion: 'x' }],
    [`/documents/${id}/supplement/decide`, { index: 1, grant: true }],
  ] as const) {
    const { status } = await clerk.ask(path, 'POST', body)
    expect(status, path).toBeGreaterThanOrEqual(400)
    expect(status, path).toBeLessThan(500)
  }
  await clerk.leave()
})

test('g6_the_id_of_another_offices_document_is_an_id_of_nothing', async () => {
  const id = send(0, { title: '关于只发给白河的通知', to: '513202-zf' })
  const stranger = await Seat.taken(browser, 1, 'js01')
  stranger.forgive(/status of 404/u)
  const nothing = id.replace(/.{6}$/u, '000000')
  const strip = (text: string) => text.replaceAll(id, '').replaceAll(nothing, '')
  for (const rest of ['', '/history', '/parts/0', '/received', '/pages/1']) {
    const theirs = await stranger.ask(`/documents/${id}${rest}`)
    const none = await stranger.ask(`/documents/${nothing}${rest}`)
    expect(theirs.status, rest).toBe(404)
    expect(strip(theirs.text), rest).toBe(strip(none.text))
  }
  await stranger.page.goto(`${stranger.office.desk}#/received/${id}`)
  await stranger.page.getByRole('alert').first().waitFor()
  expect(await stranger.page.getByText('只发给白河').count()).toBe(0)
  await stranger.leave()
})

test('h4_no_page_of_another_address_reaches_the_desk_through_this_browser', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  // A page of another office's desk: another origin, in the same browser, with the same cookies.
  const other = await clerk.context.newPage()
  await other.goto(office(1).desk)
  const reached = await other.evaluate(async (address) => {
    const tries: Promise<string>[] = [
      fetch(`${address}api/v1/work`, { credentials: 'include' }).then((answer) => answer.text()),
      fetch(`${address}api/v1/session/lock`, {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
        body: '{}',
      }).then((answer) => answer.text()),
    ]
    const done = await Promise.allSettled(tries)
    return done.map((one) => (one.status === 'fulfilled' ? one.value : 'refused'))
  }, clerk.office.desk)
  expect(reached).toEqual(['refused', 'refused'])
  expect((await clerk.ask('/me')).status, 'the desk is neither locked nor left').toBe(200)
  await other.close()
  await clerk.leave()
})

test('f1_markup_and_marks_together_are_told_as_words', async () => {
  const clerk = await Seat.taken(browser, 0, 'fs01')
  await clerk.open('/compose/new')
  await drop(clerk.page, '通知.ofd', altered(readFileSync(fixture('notice.ofd')), '加急', '绝密'))
  await clerk.says(/绝密/u)
  await staysText(clerk, '绝密')
  await clerk.leave()
})
