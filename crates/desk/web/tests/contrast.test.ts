/** Every pair of text and ground that the pages use has the contrast of WCAG AA. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const tokens = readFileSync(join(import.meta.dirname, '../src/design/tokens.css'), 'utf8')

function colour(name: string): string {
  const value = new RegExp(`--${name}:\\s*(#[0-9a-f]{6})`, 'u').exec(tokens)?.[1]
  if (!value) throw new Error(`no colour --${name}`)
  return value
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [high = 1, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

it.each([
  ['ink', 'paper'],
  ['ink', 'ground'],
  ['ink-soft', 'paper'],
  ['ink-soft', 'ground'],
  ['ink-soft', 'ground-deep'],
  ['ink-faint', 'paper'],
  ['ink-faint', 'ground'],
  ['act', 'paper'],
  ['act', 'ground'],
  ['act', 'act-pale'],
  ['red', 'paper'],
  ['red', 'red-pale'],
  ['red', 'ground'],
  ['red-dark', 'red-pale'],
  ['amber', 'paper'],
  ['amber', 'amber-pale'],
  ['green', 'paper'],
  ['green', 'green-pale'],
  ['paper', 'act'],
  ['paper', 'red'],
])('--%s on --%s can be read', (text, ground) => {
  expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5)
})

it.each([
  ['line-strong', 'paper'],
  ['focus', 'ground'],
])('--%s on --%s can be seen', (line, ground) => {
  expect(contrast(colour(line), colour(ground))).toBeGreaterThanOrEqual(3)
})
