/** Choosing recipients in every way that there is, in a draft and in a dialog. */

import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import type { Seat } from './stage'

export interface Wanted {
  /** What somebody types, and the office that it finds. */
  typed: string
  name: string
}

/** Chooses one office by its letters and the other in the tree, and saves both as a group, which
 * brings the first one back and is deleted in the end. Leaves both chosen as main recipients. */
export async function chooseInEveryWay(seat: Seat, where: Locator, one: Wanted, other: Wanted) {
  const { page } = seat
  const chosen = where.locator('.chosen li')
  const line = (wanted: Wanted) => chosen.filter({ hasText: wanted.name })
  await where.getByText('抄送', { exact: true }).first().click()
  const search = where.getByRole('combobox', { name: '输入名称、代码或拼音首字母' })
  await search.click()
  await search.pressSequentially(one.typed, { delay: 20 })
  await page.getByRole('option', { name: one.name }).first().click()
  await line(one).getByText('抄送', { exact: true }).waitFor()
  await page.keyboard.press('Escape')

  await where.getByText('主送', { exact: true }).first().click()
  const tree = () => where.getByRole('button', { name: '从通讯录选', exact: true }).click()
  await seat.goesBack('单位通讯录', tree)
  await tree()
  const book = seat.dialog('单位通讯录')
  await book.getByRole('textbox', { name: '输入名称、代码或拼音首字母' }).fill(other.typed)
  const node = book.locator('.el-tree-node__content').filter({ hasText: other.name })
  await node.locator('.el-checkbox').click()
  await book.getByRole('button', { name: '加入主送', exact: true }).click()
  await line(other).getByText('主送', { exact: true }).waitFor()

  const group = `常发-${Date.now()}`
  await where.getByRole('button', { name: '存为常用组', exact: true }).click()
  await seat.answer(group, '存为常用组')
  await seat.says(`已存为“${group}”`)
  const groups = async () =>
    (await seat.json<{ items: { name: string; units: string[] }[] }>('/directory/groups')).items
  expect((await groups()).find((it) => it.name === group)?.units.length).toBe(2)

  await where.getByRole('button', { name: `更改 ${other.name} 的送达方式` }).click()
  await line(other).getByText('抄送', { exact: true }).waitFor()
  await where.getByRole('button', { name: `更改 ${other.name} 的送达方式` }).click()
  await where.getByRole('button', { name: `移除 ${one.name}` }).click()
  await line(one).waitFor({ state: 'detached' })
  const list = where.getByRole('combobox', { name: '常用组' })
  await list.click({ force: true })
  await page.getByRole('option', { name: group }).click()
  await line(one).getByText('主送', { exact: true }).waitFor()
  await where.locator('.dropped').getByText(`${other.name} 已在名单中`).waitFor()

  await list.click({ force: true })
  await page.getByRole('option', { name: group }).getByRole('button').click()
  await seat.confirm('删除常用组')
  await expect.poll(async () => (await groups()).some((it) => it.name === group)).toBe(false)
}
