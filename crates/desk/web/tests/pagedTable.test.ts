/** A register of a hundred thousand lines costs a page as much as one of fifty. */
import { createApp, h, nextTick, type App } from 'vue'
import { afterEach, describe, expect, it } from 'vitest'
import PagedTable from '../src/components/PagedTable.vue'
import { i18n } from '../src/i18n'

const LINES = 100_000
const PAGE = 50
interface Line {
  id: number
}

let app: App | undefined
let asked: (string | undefined)[] = []
afterEach(() => {
  app?.unmount()
  asked = []
  document.body.replaceChildren()
})

async function load(cursor: string | undefined) {
  asked.push(cursor)
  const from = Number(cursor ?? 0)
  const items = Array.from({ length: Math.min(PAGE, LINES - from) }, (_, at) => ({ id: from + at }))
  const next = from + PAGE < LINES ? String(from + PAGE) : undefined
  return { items, next, total: LINES }
}

async function settled() {
  for (let turn = 0; turn < 6; turn += 1) await nextTick()
}

async function shown(loader = load) {
  const root = document.body.appendChild(document.createElement('div'))
  app = createApp({
    render: () =>
      h(
        PagedTable<Line>,
        {
          columns: [{ key: 'id', label: '序号' }],
          load: loader,
          rowKey: (row: Line) => String(row.id),
          caption: '登记簿',
          emptyTitle: '没有',
        },
        { 'cell-id': ({ row }: { row: Line }) => String(row.id) },
      ),
  })
  app.use(i18n).mount(root)
  await settled()
}

const cells = () => [...document.querySelectorAll('tbody td')].map((cell) => cell.textContent)
const button = (name: string) =>
  [...document.querySelectorAll('button')].find((one) => one.textContent?.includes(name))

describe('a list of a hundred thousand lines', () => {
  it('is drawn one page at a time, forth and back', async () => {
    await shown()
    expect(cells().length).toBe(PAGE)
    expect(document.body.textContent).toContain('共 100000 条')
    for (let page = 1; page <= 40; page += 1) {
      button('下一页')?.click()
      await settled()
      expect(document.querySelectorAll('tbody tr').length).toBe(PAGE)
    }
    expect(cells()[0]).toBe(String(40 * PAGE))
    button('上一页')?.click()
    await settled()
    expect(cells()[0]).toBe(String(39 * PAGE))
    expect(asked.at(-1)).toBe(String(39 * PAGE))
  })

  it('keeps the page before until the next one is there, and asks for one at a time', async () => {
    const late: (() => void)[] = []
    await shown(async (cursor) => {
      const page = await load(cursor)
      if (cursor === String(PAGE)) await new Promise<void>((resolve) => late.push(resolve))
      return page
    })
    button('下一页')?.click()
    await settled()
    expect(button('下一页')?.disabled, 'one page at a time').toBe(true)
    expect(cells()[0], 'the page before stays until the next is there').toBe('0')
    late[0]?.()
    await settled()
    expect(cells()[0]).toBe(String(PAGE))
  })

  it('says so where it is empty, and offers no pages', async () => {
    await shown(async () => ({ items: [], next: undefined, total: 0 }))
    expect(document.body.textContent).toContain('没有')
    expect(button('下一页')).toBeUndefined()
  })
})
