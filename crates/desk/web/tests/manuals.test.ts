/** The manuals say what the pages say: a name in 「」 is written on some control. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { zh, type Messages } from '../src/i18n/messages'

const FOLDER = join(import.meta.dirname, '../../../../docs/using')
const manuals = readdirSync(FOLDER).filter((name) => name.startsWith('manual-'))

function said(of: Messages): string[] {
  return Object.values(of).flatMap((one) => (typeof one === 'string' ? [one] : said(one)))
}
const words = new Set(said(zh).map((one) => one.replaceAll(/ ?\{\w+\}/gu, '')))

describe('the manuals', () => {
  it('are there, one a role', () => {
    expect(manuals.length).toBeGreaterThanOrEqual(5)
  })

  it.each(manuals)('%s names controls by their words', (name) => {
    const named = readFileSync(join(FOLDER, name), 'utf8').match(/「[^」]*」/gu) ?? []
    expect(named.length).toBeGreaterThan(4)
    expect(named.filter((one) => !words.has(one.slice(1, -1)))).toEqual([])
  })
})
