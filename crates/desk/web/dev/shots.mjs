// Pictures of every page of the mock in both languages, into `shots/`, and what axe says of each.
// `npm run build`, `node dev/mock.mjs &`, `node dev/shots.mjs [page …]`.

import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { AxeBuilder } from '@axe-core/playwright'

const HOME = process.env.DESK ?? 'http://127.0.0.1:8470'
const OUT = new URL('../shots/', import.meta.url).pathname
const id = (at) => `01a2173c-0000-7000-8000-${String(at).padStart(12, '0')}`
const PAGES = {
  work: '/work',
  compose: '/compose',
  draft: '/compose/new',
  approve: '/approve',
  'approve-one': `/approve/${id(0)}`,
  seal: '/seal',
  'seal-one': `/seal/${id(2)}`,
  sent: '/sent',
  'sent-one': `/sent/${id(4)}`,
  received: '/received',
  'received-new': `/received/${id(1)}`,
  'received-one': `/received/${id(3)}`,
  registers: '/registers',
  archive: '/archive',
  supervision: '/supervision',
  authority: '/authority',
  audit: '/audit',
  settings: '/settings',
}
mkdirSync(OUT, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const chosen = process.argv.slice(2)
const languages = process.env.LANGS?.split(',') ?? ['zh', 'en']
for (const language of languages) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 } })
  const page = await context.newPage()
  const tell = (text) => {
    console.log(`${language} ${page.url()} ${text}`)
  }
  page.on('console', (said) => {
    if (said.type() === 'error') tell(said.text().slice(0, 300))
  })
  page.on('pageerror', (error) => {
    tell(`${error.message} ${error.stack?.slice(0, 300)}`)
  })
  page.on('dialog', (dialog) => {
    tell(`DIALOG ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (asked) => {
    if (!asked.url().startsWith(HOME)) tell(`LEAVES ${asked.url()}`)
  })
  await page.addInitScript((chosen) => {
    localStorage.setItem('yichuan.language', chosen)
  }, language)
  const look = async (name) => {
    await page.waitForTimeout(600)
    await page.screenshot({ path: `${OUT}${name}-${language}.png` })
    const { violations } = await new AxeBuilder({ page }).analyze()
    for (const one of violations) {
      tell(
        `axe ${one.impact} ${one.id}: ${one.nodes
          .slice(0, 3)
          .map((node) => node.html.slice(0, 140) + ' ' + (node.any[0]?.message ?? '').slice(0, 160))
          .join(' | ')}`,
      )
    }
  }
  await page.request.delete(`${HOME}/api/v1/session`, { headers: { 'x-yichuan': '1' } })
  await page.goto(HOME)
  if (!chosen.length || chosen.includes('sign')) await look('sign')
  await page.request.post(`${HOME}/api/v1/session`, {
    headers: { 'x-yichuan': '1' },
    data: { account: '513200-zfb-fs01', password: 'Correct-horse-9' },
  })
  for (const [name, path] of Object.entries(PAGES)) {
    if (chosen.length && !chosen.includes(name)) continue
    await page.goto(`${HOME}/#${path}`)
    await page.reload()
    await look(name)
  }
  await context.close()
}
await browser.close()
