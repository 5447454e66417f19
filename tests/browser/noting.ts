/** What runs inside each page of a journey: it tells which controls are seen and which are used. It
 * is given to the browser as text, so everything stands in one function. */

/** One control, as the page has it; `controls.ts` makes a key of it. */
export interface Noted {
  used: boolean
  /** The path behind the hash that is drawn; or, of what is on every page or none: `frame`, `door`,
   * `list`, `pictures`, `question`, `notice`. */
  page: string
  /** The heading of the dialog that it stands in. */
  dialog: string
  role: string
  name: string
}

/** The name under which the page finds the function that takes what was noted. */
export const TELL = 'yichuanNoted'

export function note(tell: string) {
  /** Made of several elements, but one control for who uses it. */
  const WHOLE: readonly (readonly [css: string, role: string])[] = [
    ['.el-tree', 'tree'],
    ['.el-input-number', 'number'],
    ['.el-date-editor', 'date'],
    ['.el-checkbox-group', 'checkboxes'],
    ['.el-radio-group:has(.el-radio)', 'radios'],
    ['.el-radio-button', 'radio'],
    ['.el-checkbox', 'checkbox'],
    ['.el-switch', 'switch'],
    ['.el-select', 'choice'],
    ['[role=group]:has(> button[aria-pressed])', 'buttons'],
  ]
  const SINGLE: readonly (readonly [css: string, role: string])[] = [
    ['.impression', 'seal'],
    ['div.drop', 'drop'],
    ['tr.opens', 'row'],
    ['[role=tab]', 'tab'],
    ['th button', 'column'],
    ['.el-input__password', 'reveal'],
    ['.el-message__closeBtn, .el-notification__closeBtn', 'close'],
    ['button, [role=button]', 'button'],
    ['a[href]', 'link'],
    ['summary', 'summary'],
    ['[role=menuitem]', 'menuitem'],
    ['[role=slider]', 'slider'],
    ['input[type=file]', 'file'],
    ['input, textarea, select, [contenteditable=true]', 'text'],
  ]
  const single = SINGLE.map(([css]) => css).join()
  const every = [...WHOLE.map(([css]) => css), single].join()
  /** Lists and calendars of a control are drawn elsewhere; what is done there is done to it. */
  const PARTS = '[role=option], [role=listbox], .el-picker-panel'
  /** Whose name is what is written on them. */
  const WRITTEN = ['radio', 'checkbox', 'tab', 'column', 'button', 'link', 'summary', 'seal']
  const told = new Set<string>()
  let dated: Element | null = null

  function controlOf(from: Element): [Element, string] | null {
    for (const [css, role] of WHOLE) {
      const one = from.closest(css)
      if (one) return [one, role]
    }
    const one = from.closest(single)
    const kind = one ? SINGLE.find(([css]) => one.matches(css)) : undefined
    return one && kind ? [one, kind[1]] : null
  }

  function written(node: Node): string {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? ''
    if (!(node instanceof Element)) return ''
    if (node.matches('.visually-hidden, .count, [aria-hidden=true], style, svg')) return ''
    return [...node.childNodes].map(written).join('')
  }

  function nameOf(one: Element, role: string): string {
    if (role === 'row') return one.closest('table')?.caption?.textContent ?? ''
    // What is written there is somebody's: a title, or the name of a figure.
    if (role === 'drop' || role === 'column') return ''
    if (role === 'link' && one.closest('tbody') && !one.matches('.el-button')) return ''
    if (role === 'reveal') {
      const field = one.closest('.el-input')?.querySelector('input')
      return field ? nameOf(field, 'text') : ''
    }
    const inner = one.matches('input, textarea')
      ? (one as HTMLInputElement)
      : one.querySelector<HTMLInputElement>('input, textarea')
    const own = one.getAttribute('aria-label')
    if (WRITTEN.includes(role)) return own ?? written(one)
    if (['radios', 'checkboxes'].includes(role)) {
      const label = one.closest('.el-form-item')?.querySelector('.el-form-item__label')
      return own ?? label?.textContent ?? ''
    }
    return (
      own ??
      inner?.getAttribute('aria-label') ??
      inner?.labels?.[0]?.textContent ??
      one.closest('.el-form-item')?.querySelector('.el-form-item__label')?.textContent ??
      inner?.getAttribute('placeholder') ??
      ''
    )
  }

  function placeOf(one: Element): [page: string, dialog: string] {
    if (one.closest('.el-message, .el-notification')) return ['notice', '']
    const page =
      document.querySelector('main.door') !== null
        ? 'door'
        : (document.querySelector<HTMLElement>('main.main')?.dataset['page'] ?? '')
    const dialog = one.closest('[role=dialog], .el-message-box')
    if (dialog) {
      const title = dialog.querySelector('.el-dialog__title, .el-message-box__title')
      const asked = one.closest('.el-message-box') !== null
      // Going back is the same code in every question.
      const back =
        asked && !one.matches('.el-message-box__btns .el-button--primary, textarea, input')
      return back ? ['question', ''] : [page, title?.textContent ?? '']
    }
    // The same code on every page that has a list, or pictures of pages.
    if (one.closest('nav.pages')) return ['list', '']
    if (one.closest('.pictures') && one.matches('button')) return ['pictures', '']
    return [one.closest('header.top, nav.side, a.skip') ? 'frame' : page, '']
  }

  function say(one: Element, role: string, used: boolean) {
    if (!document.documentElement.lang.startsWith('zh')) return
    const [page, dialog] = placeOf(one)
    if (page === '') return
    const name = nameOf(one, role).replaceAll(/\s+/gu, ' ').trim()
    const said = JSON.stringify({ used, page, dialog: dialog.trim(), role, name })
    if (told.has(said)) return
    told.add(said)
    const taker = (window as unknown as Record<string, (said: string) => void>)[tell]
    taker?.(said)
  }

  /** Seen by somebody: drawn, and neither a helper of a screen reader nor out of the page. */
  function isSeen(one: Element): boolean {
    const { width, height, right, bottom } = one.getBoundingClientRect()
    if (width < 2 || height < 2 || right <= 0 || bottom <= 0) return false
    // A dialog on its way out belongs to no page any more.
    return one.checkVisibility({ visibilityProperty: true }) && !one.closest('[class*=-leave-]')
  }

  function scan() {
    for (const found of document.querySelectorAll(every)) {
      const control = controlOf(found)
      if (control && !found.closest('.el-picker-panel') && isSeen(control[0])) {
        say(...control, false)
      }
    }
  }

  function use(event: Event, roles: readonly string[]) {
    const from = event.target
    if (!(from instanceof Element)) return
    const control = controlOf(from)
    if (control && roles.includes(control[1])) {
      say(...control, false)
      say(...control, true)
    }
  }

  const CLICKED = [
    ...WRITTEN.filter((role) => role !== 'seal'),
    'row',
    'menuitem',
    'reveal',
    'close',
  ]
  const CHOSEN = ['radios', 'buttons', 'checkboxes', 'switch', 'tree', 'number']

  function useOfPart(from: Element) {
    const list = from.closest('[role=option]')?.closest('[role=listbox]')
    const owner = list?.id ? document.querySelector(`[aria-controls="${list.id}"]`) : null
    const control = owner && controlOf(owner)
    if (control) say(...control, true)
    if (from.closest('.el-picker-panel td') && dated) say(dated, 'date', true)
  }

  const catching = { capture: true, passive: true }
  window.addEventListener(
    'click',
    (event) => {
      const from = event.target
      if (!(from instanceof Element)) return
      dated = from.closest('.el-date-editor') ?? dated
      if (from.closest(PARTS) && !from.closest('button:not(.el-picker-panel *)')) useOfPart(from)
      else use(event, [...CLICKED, ...CHOSEN])
    },
    catching,
  )
  window.addEventListener('input', (event) => use(event, ['text', 'number']), catching)
  window.addEventListener('change', (event) => use(event, ['file', 'date', 'text']), catching)
  window.addEventListener('drop', (event) => use(event, ['drop']), catching)
  window.addEventListener(
    'pointermove',
    (event) => {
      if (event.buttons) use(event, ['seal', 'slider'])
    },
    catching,
  )
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.key.startsWith('Arrow')) use(event, ['seal', 'slider'])
      if (event.key !== 'Enter') return
      const chosen = (event.target as Element).getAttribute('aria-activedescendant')
      use(event, chosen ? ['row', 'choice'] : ['row'])
    },
    catching,
  )

  let waits = false
  function soon() {
    if (waits) return
    waits = true
    setTimeout(() => {
      waits = false
      scan()
    }, 60)
  }
  new MutationObserver(soon).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['class', 'style', 'hidden', 'lang', 'data-page'],
  })
}
