/** OA systems, as they are let in at the settings: tokens, notices, and what is written down. */

import { createHmac } from 'node:crypto'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, Seat, world } from './stage'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

test('an OA system gets a token that works, is cut off, let in again and sent away', async () => {
  const seat = await Seat.taken(browser, 3, 'js01')
  const { page } = seat
  await seat.open('/settings')
  const panel = page.locator('section').filter({ hasText: 'OA 系统名称' })
  await panel.getByLabel('OA 系统名称').fill('档案局 OA')
  await panel.locator('.el-checkbox').filter({ hasText: '取件' }).click()
  await panel.getByLabel('有效期（天）').fill('30')
  await panel.locator('#oa-password').fill(world.password)
  await panel.getByRole('button', { name: '签发令牌' }).click()
  const token = (await panel.locator('.secret code').innerText()).trim()
  expect(token).toMatch(/^yc-oa-/u)
  // As a program asks: what a browser sends along is refused.
  const asks = async () => {
    const headers = { authorization: `Bearer ${token}` }
    const address = `${seat.office.desk}api/v1/documents?direction=received`
    return new Promise<number | undefined>((resolve, reject) => {
      const asked = get(address, { headers }, (answer) => resolve(answer.resume().statusCode))
      asked.on('error', reject)
    })
  }
  expect(await asks()).toBe(200)
  await panel.getByRole('button', { name: '已抄录' }).click()
  await panel.locator('.secret').waitFor({ state: 'detached' })

  await panel.getByRole('button', { name: '断开' }).click()
  await seat.confirm('断开')
  await seat.says('尚未接通，令牌暂不可用')
  expect(await asks()).toBe(503)
  await panel.locator('#oa-open').fill(world.password)
  await panel.getByRole('button', { name: '接通' }).click()
  await seat.says('已为 OA 系统接通')
  expect(await asks()).toBe(200)

  await panel.getByRole('row').filter({ hasText: '档案局 OA' }).getByText('有效').waitFor()
  await panel
    .getByRole('row')
    .filter({ hasText: '档案局 OA' })
    .getByRole('button', { name: '吊销' })
    .click()
  await seat.confirm('吊销')
  await seat.says('还没有令牌')
  expect(await asks()).toBe(401)
  await panel.getByRole('cell', { name: '吊销', exact: true }).waitFor()
  await seat.leave()
})

test('an address is told of what happens, tried, and forgotten', async () => {
  const posted: { headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer((request, answer) => {
    let body = ''
    request.on('data', (some) => (body += String(some)))
    request.on('end', () => {
      posted.push({ headers: request.headers, body })
      answer.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const seat = await Seat.taken(browser, 3, 'js01')
  const { page } = seat
  await seat.open('/settings')
  await page.getByLabel('名称（小写字母、数字）').fill('oa')
  await page.getByLabel('地址').fill(`http://127.0.0.1:${port}/yichuan`)
  await page.locator('#oa-hook-password').fill(world.password)
  await seat.press('设置')
  const key = (await page.locator('.secret code').innerText()).trim()
  await seat.press('已抄录')
  const row = page.getByRole('row').filter({ hasText: `127.0.0.1:${port}` })
  await row.getByRole('button', { name: '试发' }).click()
  await seat.says('已送达')
  const [first] = posted
  const said = /^t=(\d+),v1=([0-9a-f]{64})$/u.exec(String(first?.headers['yichuan-signature']))
  const due = createHmac('sha256', Buffer.from(key, 'hex')).update(`${said?.[1]}.${first?.body}`)
  expect(said?.[2]).toBe(due.digest('hex'))
  await row.getByRole('button', { name: '删除' }).click()
  await seat.confirm('删除')
  await row.waitFor({ state: 'detached' })
  const { items } = await seat.json<{ items: unknown[] }>('/oa/hooks')
  expect(items).toEqual([])
  server.close()
  await seat.leave()
})
