/** What an officer of the authority does on its page. */

import type { Browser } from 'playwright-core'
import { Seat, world, type Language } from './stage'

/** What most forms call the act. */
export const SIGN = '签发并提交'

/** Somebody of the authority, with its page open. */
export async function seated(browser: Browser, language: Language = 'zh'): Promise<Seat> {
  const seat = await Seat.taken(browser, 0, 'dc01', language)
  await seat.open('/authority')
  return seat
}

export const dialog = (seat: Seat) => seat.page.getByRole('dialog')

/** Signs what was entered, and waits until it is in force. */
export async function sign(seat: Seat, act: string, said: RegExp = /已提交并生效，日志序号 \d+/u) {
  await seat.page.locator('#officer-password').fill(world.authority.password)
  await dialog(seat).getByRole('button', { name: act, exact: true }).click()
  await seat.says(said)
}

export async function finish(seat: Seat) {
  await dialog(seat).getByRole('button', { name: '完成', exact: true }).click()
  await dialog(seat).waitFor({ state: 'detached' })
}

/** Fills fields by their ids. */
export async function fill(seat: Seat, values: Record<string, string>) {
  for (const [id, value] of Object.entries(values)) await seat.page.locator(`#${id}`).fill(value)
}

/** Chooses from a list that the desk searches. */
export async function find(seat: Seat, id: string, typed: string, option: RegExp) {
  const field = seat.page.locator(`#${id}`)
  await seat.unfold(field)
  await field.fill(typed)
  await seat.page.getByRole('option', { name: option }).first().click()
  await seat.page.keyboard.press('Escape')
}

export async function tab(seat: Seat, name: string) {
  await seat.page.getByRole('tab', { name, exact: true }).click()
  await seat.settled()
}

/** Presses an act at the line of an id. */
export async function row(seat: Seat, act: string, id: string) {
  await seat.page.getByRole('textbox', { name: '查名称或代码' }).fill(id)
  await seat.page.getByRole('button', { name: `${act} ${id}`, exact: true }).click()
  await dialog(seat).waitFor()
}

/** Chooses a file by the button of its field. */
export async function picks(seat: Seat, label: string, file: string) {
  const choosing = seat.page.waitForEvent('filechooser')
  const field = dialog(seat).locator('.el-form-item').filter({ hasText: label })
  await field.getByRole('button', { name: '选择文件' }).click()
  await (await choosing).setFiles(file)
}
