/** The authority at its desk: a unit is opened and gets its seal, and everything on the page is
 * pressed once. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fixture, run } from './papers'
import { dialog, fill, find, finish, picks, row, seated as taken, sign, SIGN, tab } from './officer'
import { exchange, launch, Seat, world, type Language } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const CODE = '513209-zf'
const NAME = '<b>松岭</b>县人民政府'
const seated = async (language: Language = 'zh') => taken(browser, language)

const home = join(world.folder, 'opened-in-the-browser')

/** Calls the program in the new unit. */
function unit(letters: string, ...words: string[]): string {
  return run(home, ['--account', `${CODE}-${letters}`, ...words])
}

async function exchangeAddress(seat: Seat): Promise<string> {
  const { exchange } = await seat.json<{ exchange: string }>('/settings')
  return exchange
}

test('an authority opens a unit and issues its seal', async () => {
  const officer = await seated()
  officer.forgive(/status of 4\d\d/u)
  const { page } = officer
  await officer.press('开通单位')
  await fill(officer, { 'unit-code': CODE, 'unit-name': NAME })
  await find(officer, 'unit-parent', '云岭州人民政府', /513200-zfb/u)
  await page.getByRole('textbox', { name: '说明 1' }).fill('机要室一号机')
  await page.getByRole('textbox', { name: '责任人编号 1' }).fill('p-tan')
  for (const role of ['发文', '审批', '用印']) await officer.press(`＋ ${role}`)
  const people = [
    ['谭立', '系统管理员'],
    ['白露', '科员'],
    ['石磊', '主任'],
    ['孔明', '印章管理员'],
  ] as const
  for (const [at, [name, post]] of people.entries()) {
    const field = (label: string) => page.getByRole('textbox', { name: `${label} ${at + 1}` })
    await field('人员编号').fill(`p-sl${at}`)
    await field('姓名').fill(name)
    await field('职务').fill(post)
    await field('办公电话').fill(`0000-${at}`)
    await field('手机').fill(`000-${at}`)
  }
  expect(await page.getByRole('textbox', { name: '帐号 2' }).inputValue()).toBe(`${CODE}-fs01`)
  await officer.press('先检查')
  await officer.says('符合名册规则，尚未签发')
  await officer.inspect('authority-open-unit', 'zh')

  // The officer's password, and no other one.
  await page.locator('#officer-password').fill('Not-the-password-1')
  await dialog(officer).getByRole('button', { name: SIGN, exact: true }).click()
  await officer.says('签发人口令不正确')
  expect(await page.locator('#officer-password').inputValue()).toBe('')
  await sign(officer, SIGN)
  await officer.says(/登记凭证只显示这一次/u)
  await officer.inspect('authority-tickets', 'zh')
  const tickets = await dialog(officer).locator('code').allTextContents()
  expect(tickets).toHaveLength(4)
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.sheet').first().isVisible()).toBe(true)
  expect(await page.locator('#app').isVisible(), 'the sheets alone are printed').toBe(false)
  await page.emulateMedia({ media: 'screen' })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await officer.press('复制')
  await officer.says(/已复制/u)
  await page.evaluate(() => {
    window.print = () => document.body.setAttribute('data-printed', '1')
  })
  await officer.press('打印凭证单')
  expect(await page.locator('body').getAttribute('data-printed')).toBe('1')
  await finish(officer)
  expect(await page.locator('code').count(), 'they are gone').toBe(0)
  // Names are text, wherever they come from.
  await page.getByRole('cell', { name: NAME, exact: true }).waitFor()
  expect(await page.locator('main td b').count()).toBe(0)

  // Real tickets: the people enrol on their own computer.
  const address = await exchangeAddress(officer)
  for (const ticket of tickets) {
    const words = ['--root', world.authority.root, '--exchange', address]
    run(home, ['enrol', '--ticket', ticket, ...words])
  }
  unit('gl01', 'unit-key', 'create')
  const request = join(world.folder, 'browser.request')
  unit('yz01', 'seal-request', '--out', request)

  await officer.press('制发印章')
  await picks(officer, '印模图片', fixture('annex.pdf'))
  await officer.says(/印模图片不可用/u)
  await picks(officer, '保管人的申请文件', fixture('notice.json'))
  await officer.says(/不是有效的申请文件/u)
  await picks(officer, '保管人的申请文件', request)
  await officer.says(`${CODE}-yz01 的申请，签名无误，含电子印章`)
  await picks(officer, '印模图片', fixture('seal-qingshi.png'))
  await officer.choose('机关层级', '国务院（60 毫米）')
  await officer.says(/应为/u)
  await officer.inspect('authority-seal-faults', 'zh')
  await officer.choose('机关层级', '内设机构、直属单位（不大于 45 毫米）')
  await officer.says(/图片合格，直径 41\.\d+ 毫米/u)
  expect(await page.locator('#seal-id').inputValue()).toBe(`${CODE}-seal01`)
  await page.locator('#seal-name').fill('松岭县人民政府公章')
  await find(officer, 'seal-devices', '', /机要室一号机/u)
  await officer.inspect('authority-seal', 'zh')
  await sign(officer, '制发并提交')
  await finish(officer)

  // It seals, and the document arrives.
  const compose = ['--json', 'compose', '--meta', fixture('notice.json'), '--to', '513201-zf']
  const { id } = JSON.parse(unit('fs01', ...compose, fixture('notice.ofd'))) as { id: string }
  unit('fs01', 'submit', id)
  unit('sp01', 'approve', id)
  unit('yz01', 'seal', id)
  const receiver = await Seat.taken(browser, 1, 'js01')
  await receiver.open(`/received/${id}`)
  await receiver.press('取件并查验')
  await receiver.says('查验结果')
  await receiver.page.getByText(NAME).first().waitFor()
  const bold = receiver.page.locator('main b', { hasText: '松岭' })
  expect(await bold.count()).toBe(0)
  for (const seat of [receiver, officer]) await seat.leave()
})

test('everything on the page of the authority is pressed once', async () => {
  const officer = await seated()
  officer.forgive(/status of 4\d\d/u)
  const { page } = officer

  await officer.press('开通帐号')
  await find(officer, 'account-unit', '松岭', /513209-zf/u)
  await officer.adds('角色', '收文')
  expect(await page.locator('#account-id').inputValue()).toBe(`${CODE}-js01`)
  await fill(officer, { 'account-person': 'p-sl9', 'account-post': '收文员' })
  await find(officer, 'account-devices', '', /pc01/u)
  await officer.choose('可打开的最高密级', '内部')
  await officer.inspect('authority-account', 'zh')
  await sign(officer, SIGN)
  await finish(officer)

  await officer.press('登记计算机')
  await fill(officer, {
    'device-id': `${CODE}-pc02`,
    'device-label': '二号机',
    'device-person': 'p-tan',
    'device-place': '机要室',
    'device-owner': '县政府办',
  })
  await officer.choose('类别', '专用机')
  await sign(officer, SIGN)
  await finish(officer)

  await officer.press('发放登记凭证')
  await find(officer, 'ticket-account', `${CODE}-js01`, /513209-zf-js01/u)
  await find(officer, 'ticket-device', '', /pc02/u)
  await sign(officer, '发放并提交')
  await finish(officer)

  const list = join(world.folder, 'browser-units.csv')
  writeFileSync(
    list,
    `单位代码,单位名称,上级\n513209-jyj,松岭县教育局,${CODE}\n513209-jyx,松岭县 教育局,${CODE}\n513209-slz,松岭县水利站,${CODE}\n`,
  )
  await officer.press('导入名单')
  await picks(officer, '名单文件', list)
  await officer.says(/有误 1/u)
  await officer.inspect('authority-import', 'zh')
  await dialog(officer).getByText('已核对，名称无误').click()
  await officer.says(/有误 0/u)
  await dialog(officer).getByText('已有单位按名单更名、改隶').click()
  await sign(officer, SIGN)
  await finish(officer)

  await tab(officer, '单位')
  await row(officer, '变更', '513209-jyx')
  await page.locator('#unit-name').fill('松岭县水利局')
  await sign(officer, SIGN)
  await finish(officer)
  await row(officer, '停用、合并、拆分', '513209-jyx')
  await dialog(officer).getByText('并入其他单位').click()
  await find(officer, 'unit-successor', '513209-jyj', /513209-jyj/u)
  await officer.inspect('authority-merge', 'zh')
  await sign(officer, '并入其他单位')
  await finish(officer)
  await row(officer, '停用、合并、拆分', '513209-slz')
  await sign(officer, '停用')
  await finish(officer)
  await row(officer, '停用、合并、拆分', '513209-jyj')
  await dialog(officer).getByText('拆分', { exact: true }).first().click()
  await find(officer, 'unit-into', '513201-zf', /513201-zf/u)
  await sign(officer, '拆分')
  await finish(officer)
  const change = page.getByRole('button', { name: '变更 513209-jyj' })
  await change.waitFor({ state: 'detached' })

  await tab(officer, '帐号')
  await row(officer, '变更', `${CODE}-js01`)
  await page.locator('#account-post').fill('机要收文员')
  await sign(officer, SIGN)
  await finish(officer)
  await row(officer, '发凭证', `${CODE}-js01`)
  await dialog(officer).getByRole('button', { name: '取消' }).click()
  await row(officer, '人员', `${CODE}-js01`)
  await fill(officer, { 'person-name': '柳青', 'person-phone': '0000-9', 'person-mobile': '000-9' })
  await sign(officer, SIGN)
  await finish(officer)
  await row(officer, '锁定', `${CODE}-js01`)
  await officer.inspect('authority-lock', 'zh')
  await sign(officer, '锁定并提交')
  await finish(officer)
  await row(officer, '解锁', `${CODE}-js01`)
  await sign(officer, '解锁并提交')
  await finish(officer)
  await row(officer, '注销', `${CODE}-js01`)
  await sign(officer, '注销并提交')
  await finish(officer)

  await tab(officer, '计算机')
  await row(officer, '变更', `${CODE}-pc02`)
  await page.locator('#device-label').fill('三号机')
  await sign(officer, SIGN)
  await finish(officer)
  await row(officer, '停用', `${CODE}-pc02`)
  await sign(officer, '停用并提交')
  await finish(officer)

  await tab(officer, '印章')
  const seal = `${CODE}-seal01`
  for (const [act, said] of [
    ['暂停', '暂停并提交'],
    ['恢复', '恢复并提交'],
  ] as const) {
    await row(officer, act, seal)
    await sign(officer, said)
    await finish(officer)
  }
  await row(officer, '更换', seal)
  const request = join(world.folder, 'browser-again.request')
  if (!existsSync(request)) unit('yz01', 'seal-request', '--out', request)
  await picks(officer, '保管人的申请文件', request)
  await dialog(officer).getByText('browser-again.request').waitFor()
  await sign(officer, '更换保管人或密钥')
  await finish(officer)
  await row(officer, '注销', seal)
  await sign(officer, '注销并提交')
  await finish(officer)

  await tab(officer, '签发人')
  await tab(officer, '规则')
  await officer.press('设定规则')
  await page.locator('#rules-calendar').waitFor()
  await page.locator('#rules-calendar').fill('hours = 1')
  await page.locator('#officer-password').fill(world.authority.password)
  await dialog(officer).getByRole('button', { name: '设定并提交', exact: true }).click()
  await officer.says(/工作日历有误/u)
  await page.locator('#rules-calendar').fill('')
  await officer.inspect('authority-rules', 'zh')
  await sign(officer, '设定并提交')
  await finish(officer)
  await tab(officer, '变更记录')

  await tab(officer, '签发记录')
  await officer.press('与日志同步')
  await officer.says(/已同步/u)
  await officer.press('确认时间')
  await page.getByRole('combobox', { name: '准确时间' }).click()
  await page.getByRole('button', { name: '此刻' }).click()
  await sign(officer, '确认并提交')
  await finish(officer)
  await officer.press('会签、取入')
  const acts = readdirSync(join(world.authority.home, 'acts')).sort()
  const last = join(world.authority.home, 'acts', acts.at(-1) ?? '')
  await picks(officer, '声明文件', last)
  await officer.says(/第 \d+ 号：/u)
  await officer.inspect('authority-cosign', 'zh')
  await page.locator('#cosign-password').fill(world.authority.password)
  await dialog(officer).getByRole('button', { name: '会签', exact: true }).click()
  await officer.says(/此前已会签/u)
  await finish(officer)
  await officer.press('会签、取入')
  await picks(officer, '声明文件', last)
  await officer.press('签名已齐，取入')
  await officer.says(/号已取入/u)
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: acts.at(-1) ?? '' }).click()
  const downloaded = await (await downloading).path()
  expect(readFileSync(downloaded).equals(readFileSync(last))).toBe(true)
  await officer.inspect('authority-acts', 'zh')
  await officer.leave()
}, 400_000)

test('what is signed while the exchange is away waits, and is submitted once', async () => {
  const officer = await seated()
  officer.forgive(/status of 503/u)
  const { page } = officer
  await exchange('stop')
  // What was asked of it in this moment is waited for as long as an answer may take.
  await page.getByText('暂时连不上交换中心').first().waitFor({ timeout: 60_000 })
  await tab(officer, '帐号')
  await row(officer, '锁定', '513202-zf-da01')
  await sign(officer, '锁定并提交', /已签发，待提交：/u)
  await dialog(officer).getByRole('button', { name: '提交', exact: true }).click()
  await officer.says(/已签发，待提交：/u)
  await officer.inspect('authority-away', 'zh')
  await finish(officer)
  await officer.says(/有 1 项已签发，尚未提交/u)
  await exchange('start')
  await officer.press('查看并提交')
  await officer.says('交换中心已连通')
  const submit = page.getByRole('button', { name: '提交', exact: true })
  await submit.click()
  await page.getByText(/有 1 项已签发/u).waitFor({ state: 'detached' })
  expect(await submit.isDisabled(), 'nothing is left to submit').toBe(true)
  await tab(officer, '帐号')
  await row(officer, '解锁', '513202-zf-da01')
  await sign(officer, '解锁并提交')
  await finish(officer)
  await officer.leave()
})

test('g5_who_has_not_the_role_sees_the_roster_and_signs_nothing', async () => {
  const manager = await Seat.taken(browser, 0, 'gl01')
  await manager.open('/authority')
  for (const name of ['开通单位', '制发印章', '导入名单', '锁定 513200-zfb-fs01']) {
    expect(await manager.page.getByRole('button', { name, exact: true }).count(), name).toBe(0)
  }
  expect(await manager.page.getByRole('tab', { name: '签发记录' }).count()).toBe(0)
  const body = { to: 'suspended', password: world.authority.password }
  const { status, text } = await manager.ask(
    '/authority/accounts/513200-zfb-fs01/status',
    'POST',
    body,
  )
  expect(status, text).toBe(403)
  await manager.leave()
})

test('the forms of the authority, in English', async () => {
  const officer = await seated('en')
  const { page } = officer
  for (const [press, name] of [
    ['Open a unit', 'open-unit'],
    ['Open an account', 'account'],
    ['Register a computer', 'device'],
    ['Issue a seal', 'seal'],
    ['Issue a ticket', 'ticket'],
    ['Import a list', 'import'],
  ] as const) {
    await officer.press(press)
    await dialog(officer).waitFor()
    await officer.inspect(`authority-${name}`, 'en')
    await dialog(officer).getByRole('button', { name: 'Cancel' }).click()
    await dialog(officer).waitFor({ state: 'detached' })
  }
  await page.getByRole('tab', { name: 'Policy' }).click()
  await officer.press('Set the rules')
  await page.locator('#rules-calendar').waitFor()
  await officer.inspect('authority-rules', 'en')
  await dialog(officer).getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('tab', { name: 'Acts' }).click()
  await officer.settled()
  await officer.inspect('authority-acts', 'en')
  await officer.leave()
})
