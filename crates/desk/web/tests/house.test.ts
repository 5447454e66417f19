/** House rules of the pages, read from their sources. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en, zh, type Messages } from '../src/i18n/messages'

const ROOT = join(import.meta.dirname, '..')

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
}
const written = filesUnder(join(ROOT, 'src')).filter((path) => !path.endsWith('.gen.ts'))
const sources = written.map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}))

function keysOf(messages: Messages, before = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [before + key] : keysOf(value, `${before}${key}.`),
  )
}

describe('the pages', () => {
  it('never interpret text as markup, and never make code of text', () => {
    const markup = /v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|UseHTMLString/u
    const code = /\beval\(|new Function|javascript:/u
    for (const { path, text } of sources) {
      expect(markup.exec(text)?.[0] ?? code.exec(text)?.[0], path).toBeUndefined()
    }
  })
  it('keep nothing in the browser but the language', () => {
    for (const { path, text } of sources) {
      if (path.endsWith('preferences.ts')) continue
      expect(
        /localStorage|sessionStorage|indexedDB|document\.cookie|caches\./u.exec(text)?.[0],
        path,
      ).toBeUndefined()
    }
  })
  it('name no other computer', () => {
    for (const { path, text } of sources) {
      const found = text.match(/https?:\/\/[^\s'"`<>)]+/gu) ?? []
      expect(
        found.filter((url) => url !== 'http://www.w3.org/2000/svg'),
        path,
      ).toEqual([])
    }
  })
  it('have no style in an attribute that the policy would refuse', () => {
    for (const { path, text } of sources) expect(/\sstyle="/u.exec(text)?.[0], path).toBeUndefined()
  })
  it('are of a size that is read', () => {
    for (const { path, text } of sources) {
      expect(text.split('\n').length, path).toBeLessThanOrEqual(500)
    }
  })
})

describe('the words', () => {
  const keys = new Set(keysOf(zh))
  it('are there in both languages, and the Chinese ones are Chinese', () => {
    expect(keysOf(en)).toEqual([...keys])
    const english = keysOf(en)
    expect(english.length).toBeGreaterThan(400)
    const at = (messages: Messages, key: string) =>
      key
        .split('.')
        .reduce<string | Messages>(
          (held, part) => (typeof held === 'string' ? held : (held[part] ?? '')),
          messages,
        ) as string
    for (const key of keys) {
      expect(at(zh, key), key).toMatch(/\p{Script=Han}/u)
      expect(at(en, key).trim(), key).not.toBe('')
      // The same facts are named in both.
      const named = (text: string) => [...new Set(text.match(/\{\w+\}/gu) ?? [])].sort()
      expect(named(at(en, key)), key).toEqual(named(at(zh, key)))
    }
  })
  it('that pages ask for exist', () => {
    for (const { path, text } of sources) {
      if (path.includes('i18n')) continue
      for (const [, key] of text.matchAll(/\b(?:t|say)\((?:\s*[^'"`()]*\?\s*)?'([\w.-]+)'/gu)) {
        expect(keys.has(key ?? ''), `${path}: ${key}`).toBe(true)
      }
    }
  })
  it('with a changing end have something under each beginning', () => {
    for (const { path, text } of sources) {
      for (const [, start] of text.matchAll(/\bt\(`([\w.]+)\.\$\{/gu)) {
        expect(
          [...keys].some((key) => key.startsWith(`${start}.`)),
          `${path}: ${start}`,
        ).toBe(true)
      }
    }
  })
})

describe('the lock file', () => {
  it('says no address to fetch from, and every version is exact', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toContain('"resolved"')
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/u)
    }
  })
})
