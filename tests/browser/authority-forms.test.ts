/** The forms of the authority: going back signs nothing, every field is filled in, and what is not
 * in order is told before anybody signs. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialog, fill, find, finish, picks, row, seated, sign, SIGN, tab } from './officer'
import { fixture } from './papers'
import { launch, world, type Seat } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const UNIT = '513202-zf'
const ACCOUNT = `${UNIT}-da01`
const DEVICE = `${UNIT}-pc01`
const SEAL = `${UNIT}-seal01`
/** Looks like the name of an office that is there. */
const ALIKE = '青石县 人民政府'

const acts = async (officer: Seat) => (await officer.json<{ acts: number }>('/authority')).acts

const box = (officer: Seat, words: string) =>
  dialog(officer).locator('.el-checkbox').filter({ hasText: words })
const ticks = (officer: Seat, words: string) => box(officer, words).click()

/** Leaves the form as it is, with nothing signed. */
async function cancels(officer: Seat) {
  await dialog(officer).getByRole('button', { name: '取消', exact: true }).click()
  await dialog(officer).waitFor({ state: 'detached' })
}

/** Types a number that stands there already. */
async function again(officer: Seat, id: string, otherwise = '') {
  const field = officer.page.locator(`#${id}`)
  await field.fill((await field.inputValue()) || otherwise)
}

/** Copies and prints the tickets that are shown this once. */
async function keepsTickets(officer: Seat) {
  const { page } = officer
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await dialog(officer).getByRole('button', { name: '复制', exact: true }).click()
  const copied = await page.evaluate(async () => navigator.clipboard.readText())
  expect(copied).toContain((await dialog(officer).locator('code').first().textContent()) ?? '?')
  await page.evaluate(() => {
    window.print = () => document.body.setAttribute('data-printed', '1')
  })
  await dialog(officer).getByRole('button', { name: '打印凭证单' }).click()
  await page.locator('body[data-printed]').waitFor()
}

test('going back from any form signs nothing', async () => {
  const officer = await seated(browser)
  const before = await acts(officer)
  for (const act of [
    '开通单位',
    '开通帐号',
    '登记计算机',
    '制发印章',
    '发放登记凭证',
    '导入名单',
  ]) {
    await officer.goesBack(act, () => officer.press(act))
  }
  for (const [list, id, lines] of [
    [
      '单位',
      UNIT,
      [
        ['变更', '单位更名、改隶'],
        ['停用、合并、拆分', /停用、合并、拆分：/u],
      ],
    ],
    [
      '帐号',
      ACCOUNT,
      [
        ['变更', '变更帐号'],
        ['发凭证', '发放登记凭证'],
        ['人员', '登记人员'],
        ['锁定', '锁定帐号'],
        ['注销', '注销帐号'],
      ],
    ],
    [
      '计算机',
      DEVICE,
      [
        ['变更', '变更计算机登记'],
        ['停用', '停用计算机'],
      ],
    ],
    [
      '印章',
      SEAL,
      [
        ['暂停', '暂停印章'],
        ['更换', '更换保管人或密钥'],
        ['注销', '注销印章'],
      ],
    ],
  ] as const) {
    await tab(officer, list)
    for (const [act, title] of lines) {
      await officer.goesBack(title, () => row(officer, act, id))
    }
  }
  await tab(officer, '规则')
  await officer.goesBack('设定规则', () => officer.press('设定规则'))
  await tab(officer, '签发记录')
  await officer.goesBack('确认时间', () => officer.press('确认时间'))
  await officer.goesBack('会签、取入', () => officer.press('会签、取入'), '完成')
  expect(await acts(officer)).toBe(before)
  await officer.leave()
})

test('names that look alike, and lines too many, are seen before a unit is opened', async () => {
  const officer = await seated(browser)
  officer.forgive(/status of 4\d\d/u)
  const { page } = officer
  await officer.press('开通单位')
  await fill(officer, { 'unit-code': '513208-lx', 'unit-name': ALIKE })
  await ticks(officer, '演练单位')
  await ticks(officer, '演练单位')
  await page.getByRole('textbox', { name: '设备编号 1' }).fill('513208-lx-pc07')
  await page.getByRole('textbox', { name: '说明 1' }).fill('一号机')
  await page.getByRole('textbox', { name: '责任人编号 1' }).fill('p-lx')
  await officer.press('＋ 计算机')
  const more = dialog(officer).locator('.line')
  await more.last().getByRole('button', { name: '去掉' }).click()
  expect(await more.count()).toBe(1)
  await officer.adds('角色 1', /^审计$/u)
  await page.getByRole('textbox', { name: '人员编号 1' }).fill('p-lx')
  await page.getByRole('textbox', { name: '职务 1' }).fill('管理员')
  for (const role of ['收文', '归档', '督办']) await officer.press(`＋ ${role}`)
  const people = dialog(officer).locator('.person')
  while ((await people.count()) > 1) {
    await people.last().getByRole('button', { name: '去掉' }).click()
  }
  await officer.press('先检查')
  await box(officer, '已核对，名称无误').waitFor()
  await ticks(officer, '已核对，名称无误')
  await officer.press('先检查')
  await officer.says('符合名册规则，尚未签发')
  await cancels(officer)
  await tab(officer, '单位')
  await row(officer, '变更', UNIT)
  await page.locator('#unit-name').fill(ALIKE)
  await find(officer, 'unit-parent', '513200-zfb', /513200-zfb/u)
  await sign(officer, SIGN, /已核对，名称无误/u)
  await ticks(officer, '已核对，名称无误')
  await cancels(officer)
  await officer.press('导入名单')
  const list = join(world.folder, 'browser-alike.csv')
  writeFileSync(list, `单位代码,单位名称,上级\n513208-lx,${ALIKE},513200-zfb\n`)
  await picks(officer, '名单文件', list)
  await officer.says(/有误 1/u)
  await page.locator('#import-sheet').fill('单位')
  await page.locator('#import-sheet').press('Tab')
  await cancels(officer)
  await officer.leave()
})

test('every field of accounts, people, computers and tickets is filled in', async () => {
  const officer = await seated(browser)
  const { page } = officer
  await officer.press('开通帐号')
  await find(officer, 'account-unit', UNIT, /513202-zf/u)
  await officer.adds('角色', /^收文$/u)
  await fill(officer, {
    'account-id': `${UNIT}-js07`,
    'account-person': 'p-forms',
    'account-post': '收文员',
  })
  await find(officer, 'account-devices', '', /pc01/u)
  await officer.choose('可打开的最高密级', '内部')
  await ticks(officer, '同时发放登记凭证')
  await ticks(officer, '同时发放登记凭证')
  await sign(officer, SIGN)
  await keepsTickets(officer)
  await finish(officer)

  await tab(officer, '帐号')
  await row(officer, '变更', `${UNIT}-js07`)
  await officer.adds('角色', /^归档$/u)
  await fill(officer, { 'account-person': 'p-forms2', 'account-post': '收文、归档员' })
  // Taken away, and put back.
  await find(officer, 'account-devices', '', /pc01/u)
  await find(officer, 'account-devices', '', /pc01/u)
  await officer.choose('可打开的最高密级', '秘密')
  await ticks(officer, '同时发放新的登记凭证')
  await sign(officer, SIGN)
  await keepsTickets(officer)
  await finish(officer)

  await row(officer, '人员', `${UNIT}-js07`)
  await fill(officer, {
    'person-id': 'p-forms2',
    'person-name': '林晚',
    'person-phone': '0000-7',
    'person-mobile': '000-7',
  })
  await sign(officer, SIGN)
  await finish(officer)

  await row(officer, '发凭证', `${UNIT}-js07`)
  await find(officer, 'ticket-account', `${UNIT}-js07`, /js07/u)
  await find(officer, 'ticket-device', '', /pc01/u)
  await fill(officer, { 'ticket-hours': '24', 'ticket-application': '0' })
  await fill(officer, { 'ticket-application': '' })
  await sign(officer, '发放并提交')
  await keepsTickets(officer)
  await finish(officer)

  await row(officer, '锁定', `${UNIT}-js07`)
  await sign(officer, '锁定并提交')
  await finish(officer)
  await officer.goesBack('解锁帐号', () => row(officer, '解锁', `${UNIT}-js07`))
  await row(officer, '注销', `${UNIT}-js07`)
  await sign(officer, '注销并提交')
  await finish(officer)

  await officer.press('登记计算机')
  await fill(officer, { 'device-id': `${UNIT}-pc08`, 'device-label': '八号机' })
  await page.locator('#device-person').fill('p-forms2')
  await sign(officer, SIGN)
  await finish(officer)
  await tab(officer, '计算机')
  await row(officer, '变更', `${UNIT}-pc08`)
  await fill(officer, {
    'device-label': '八号机（档案室）',
    'device-person': 'p-forms',
    'device-place': '档案室',
    'device-owner': '县档案局',
  })
  await officer.choose('类别', '专用机')
  await sign(officer, SIGN)
  await finish(officer)
  await row(officer, '停用', `${UNIT}-pc08`)
  await sign(officer, '停用并提交')
  await finish(officer)
  await officer.leave()
})

test('a seal is described, suspended, and resumed', async () => {
  const officer = await seated(browser)
  const { page } = officer
  await officer.press('制发印章')
  await picks(officer, '印模图片', fixture('seal-qingshi.png'))
  await page.getByRole('img', { name: '印模图片' }).waitFor()
  await page.locator('#seal-diameter').fill('42')
  await page.locator('#seal-diameter').press('Tab')
  await fill(officer, {
    'seal-id': `${UNIT}-seal09`,
    'seal-name': '白河县人民政府公章',
    'seal-days': '365',
    'seal-application': '',
  })
  await find(officer, 'seal-devices', UNIT, /513202-zf-pc01/u)
  await ticks(officer, '须由保管人启用后方可用印')
  // Without the custodian's request nothing can be signed.
  await page.locator('#officer-password').fill(world.authority.password)
  expect(await page.getByRole('button', { name: '制发并提交' }).isDisabled()).toBe(true)
  await cancels(officer)

  await tab(officer, '印章')
  await row(officer, '更换', SEAL)
  await find(officer, 'replace-devices', '', /pc0/u)
  await cancels(officer)
  await row(officer, '暂停', SEAL)
  await sign(officer, '暂停并提交')
  await finish(officer)
  await officer.goesBack('恢复印章', () => row(officer, '恢复', SEAL))
  await row(officer, '恢复', SEAL)
  await sign(officer, '恢复并提交')
  await finish(officer)
  await officer.leave()
})

test('the rules are set whole, and the time is confirmed or corrected', async () => {
  const officer = await seated(browser)
  const { page } = officer
  await tab(officer, '规则')
  await officer.press('设定规则')
  await page.locator('#rules-calendar').waitFor()
  const level = page.getByRole('combobox', { name: '可传输的最高密级' })
  await officer.unfold(level)
  await page.getByRole('option', { selected: true }).locator('visible=true').first().click()
  for (const [id, otherwise] of [
    ['rules-days', ''],
    ['rules-idle', '30'],
    ['rules-hours', '12'],
    ['rules-inquiry', '480'],
    ['rules-set', ''],
  ] as const) {
    await again(officer, id, otherwise)
  }
  const due = dialog(officer).locator('.due input')
  const minutes = await due.evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))
  for (const [at, one] of minutes.entries()) await due.nth(at).fill(one)
  await fill(officer, { 'rules-reminders': '50:receivers', 'rules-looks': '09:00-11:00' })
  await fill(officer, { 'rules-reminders': '', 'rules-looks': '' })
  await sign(officer, '设定并提交')
  await finish(officer)

  await tab(officer, '签发记录')
  await officer.press('确认时间')
  await officer.date('准确时间', '2026-01-05 10:00:00')
  await ticks(officer, '时钟曾走错，予以校正')
  await page.locator('#time-annul').fill('104-110')
  await cancels(officer)
  // It was right, as it turns out: the correction says the time that it is.
  await officer.press('确认时间')
  await page.getByRole('combobox', { name: '准确时间' }).click()
  await page.getByRole('button', { name: '此刻' }).click()
  await ticks(officer, '时钟曾走错，予以校正')
  await sign(officer, '校正并提交')
  await finish(officer)
  await officer.leave()
})
