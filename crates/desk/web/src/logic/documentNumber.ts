/** 发文字号, as in 州府办发〔2026〕7号: the issuer's word, the year and the serial. */

export interface DocumentNumber {
  word: string
  year: number
  serial: number
}

export const WORD_CHARACTERS_MAX = 20
const SERIAL_MAX = 999_999

export type BadNumber = 'empty' | 'word' | 'year' | 'serial' | 'form'

/** Every bracket that keyboards give instead of 〔〕. */
const OPENING = '〔[［(（【'
const CLOSING = '〕]］)）】'

export function build(number: DocumentNumber): string {
  return `${number.word.trim()}〔${number.year}〕${number.serial}号`
}

export function judge(number: Partial<DocumentNumber>): BadNumber | null {
  const word = number.word?.trim() ?? ''
  if (!word && !number.serial) return 'empty'
  if (!word || [...word].length > WORD_CHARACTERS_MAX || /[\s〔〕[\]()（）]/u.test(word))
    return 'word'
  const { year, serial } = number
  if (!year || !Number.isInteger(year) || year < 1949 || year > 2999) return 'year'
  // A serial has no leading zeros and is not made up with 第 (GB/T 9704).
  if (!serial || !Number.isInteger(serial) || serial < 1 || serial > SERIAL_MAX) return 'serial'
  return null
}

/** Reads a number as people type it; full-width digits and wrong brackets are put right. */
export function parse(text: string): DocumentNumber | BadNumber {
  const plain = text
    .trim()
    .replace(/[０-９]/gu, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
  if (!plain) return 'empty'
  const open = [...plain].findIndex((letter) => OPENING.includes(letter))
  const close = [...plain].findIndex((letter) => CLOSING.includes(letter))
  if (open < 1 || close < open) return 'form'
  const letters = [...plain]
  const word = letters.slice(0, open).join('')
  const year = letters.slice(open + 1, close).join('')
  const rest = letters
    .slice(close + 1)
    .join('')
    .replace(/^第/u, '')
    .replace(/号$/u, '')
    .trim()
  if (!/^\d{4}$/u.test(year)) return 'year'
  if (!/^\d{1,6}$/u.test(rest)) return 'serial'
  const number = { word, year: Number(year), serial: Number(rest) }
  return judge(number) ?? number
}
