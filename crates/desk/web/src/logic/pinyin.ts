/** First letters of pinyin, by the order in which the browser itself sorts Chinese. */

// The first character of each letter in that order; i, u and v begin no syllable.
const FIRST = '阿八嚓哒妸发旮哈丌咔垃妈拏噢妑七呥仨他屲夕丫帀'
const LETTERS = 'abcdefghjklmnopqrstwxyz'

/** Characters of places and offices that are read otherwise than they are sorted. */
const READ_OTHERWISE: readonly [string, string][] = [
  ['重庆', 'cq'],
  ['长', 'c'],
  ['厦门', 'xm'],
  ['行', 'x'],
  ['六安', 'la'],
  ['会计', 'kj'],
  ['大厦', 'ds'],
]

const order = new Intl.Collator('zh-CN-u-co-pinyin')
const known = new Map<string, string>()

function letterOf(character: string): string {
  const held = known.get(character)
  if (held !== undefined) return held
  let letter = character.toLowerCase()
  if (/^\p{Script=Han}$/u.test(character)) {
    letter = ''
    for (let at = FIRST.length - 1; at >= 0; at -= 1) {
      if (order.compare(character, FIRST[at] ?? '') >= 0) {
        letter = LETTERS[at] ?? ''
        break
      }
    }
  }
  known.set(character, letter)
  return letter
}

/** The first letters of `name`: 青石县人民政府 gives qsxrmzf. Other letters stay as they are. */
export function initials(name: string): string {
  let rest = name
  let text = ''
  while (rest) {
    const special = READ_OTHERWISE.find(([word]) => rest.startsWith(word))
    const taken = special ? special[0] : String.fromCodePoint(rest.codePointAt(0) ?? 0)
    text += special ? special[1] : letterOf(taken)
    rest = rest.slice(taken.length)
  }
  return text
}

/** Whether somebody who typed `typed` may mean `name` or `code`. */
export function matches(typed: string, name: string, code = ''): boolean {
  const sought = typed.trim().toLowerCase()
  if (!sought) return true
  return (
    name.toLowerCase().includes(sought) ||
    code.toLowerCase().includes(sought) ||
    (/^[a-z]+$/u.test(sought) && initials(name).includes(sought))
  )
}
