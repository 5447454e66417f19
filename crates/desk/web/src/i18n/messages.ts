/** The words of every page, from pairs of Chinese and English: neither can be forgotten. */

import { authority } from './words/authority'
import { documents } from './words/documents'
import { frame } from './words/frame'
import { keys } from './words/keys'
import { oa } from './words/oa'
import { offices } from './words/offices'
import { pages } from './words/pages'
import { printing } from './words/printing'
import { together } from './words/together'

type Pair = readonly [zh: string, en: string]
interface Pairs {
  readonly [key: string]: Pair | Pairs
}
export interface Messages {
  [key: string]: string | Messages
}

const all: Pairs = {
  ...frame,
  ...documents,
  ...pages,
  ...offices,
  ...oa,
  ...printing,
  ...authority,
  ...together,
  ...keys,
}

function isPair(value: Pair | Pairs): value is Pair {
  return Array.isArray(value)
}

function speak(pairs: Pairs, which: 0 | 1): Messages {
  const said: Messages = {}
  for (const [key, value] of Object.entries(pairs)) {
    said[key] = isPair(value) ? value[which] : speak(value, which)
  }
  return said
}

export const zh = speak(all, 0)
export const en = speak(all, 1)
