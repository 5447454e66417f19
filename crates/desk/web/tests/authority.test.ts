import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'
import { authority, type SignedActs } from '../src/api/authority'
import { listen } from '../src/api/client'
import { request } from '../src/api/asked'
import { i18n } from '../src/i18n'
import { accountId, deviceId, kept, unitOf } from '../src/pages/authority/entered'
import { actsOf } from '../src/pages/authority/RowActs.vue'
import SignDialog from '../src/pages/authority/SignDialog.vue'

type Reply = [status: number, body: unknown]

/** Answers each address with what is said of it. */
function answers(replies: Record<string, Reply>) {
  const asked = vi.fn<typeof fetch>(async (address) => {
    const path = String(address).replace('/api/v1', '')
    const [status, body] = replies[path] ?? [404, {}]
    return new Response(status === 204 ? null : JSON.stringify(body), { status })
  })
  vi.stubGlobal('fetch', asked)
  return asked
}

let shown: App | null = null

async function mount(sign: (password: string) => Promise<SignedActs>) {
  const place = document.createElement('div')
  document.body.append(place)
  shown = createApp(() =>
    h(SignDialog, { title: '锁定帐号', act: '锁定并提交', grave: true, ready: true, sign }),
  )
  shown.use(i18n).mount(place)
  await settled()
}

async function settled() {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resume) => setTimeout(resume, 0))
    await nextTick()
  }
}

function type(password: string) {
  const field = document.querySelector<HTMLInputElement>('#officer-password')
  if (!field) throw new Error('no field')
  field.value = password
  field.dispatchEvent(new Event('input'))
}

function press(name: string) {
  const all = [...document.querySelectorAll('button')]
  const found = all.find((one) => one.textContent?.trim() === name)
  if (!found) throw new Error(`no ${name}`)
  found.click()
}

const text = () => document.body.textContent ?? ''

afterEach(() => {
  shown?.unmount()
  shown = null
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

const signed: SignedActs = {
  acts: [
    {
      sequence: 7,
      file: '0007.act',
      signed: { at: '', ms: 0 },
      what: '锁定帐号',
      records: [{ word: '帐号', id: '513201-zf-js01', what: '<b>暂停</b>' }],
      state: 'to-submit',
      missing: 0,
    },
  ],
  tickets: [],
  to_revoke: [],
}

describe('an act of the authority', () => {
  it('is signed with the password that is typed for it, and submitted at once', async () => {
    answers({ '/authority/submit': [200, { items: [{ sequence: 7, index: 41 }], overtaken: [] }] })
    const sign = vi.fn(async () => signed)
    await mount(sign)
    press('锁定并提交')
    await settled()
    expect(sign, 'without a password nothing is asked').not.toHaveBeenCalled()
    type('Show-case-1')
    await settled()
    press('锁定并提交')
    await settled()
    expect(sign).toHaveBeenCalledExactlyOnceWith('Show-case-1')
    expect(text()).toContain('日志序号 41')
    expect(text(), 'what comes from elsewhere is text').toContain('<b>暂停</b>')
    expect(document.querySelector('#officer-password'), 'the password is gone').toBeNull()
  })

  it('waits where the exchange is away, and is submitted with one more press', async () => {
    const replies: Record<string, Reply> = {
      '/authority/submit': [503, { code: 'away', title: '连接不上交换中心' }],
    }
    answers(replies)
    await mount(async () => signed)
    type('Show-case-1')
    await settled()
    press('锁定并提交')
    await settled()
    expect(text()).toContain('已签发，待提交')
    replies['/authority/submit'] = [200, { items: [{ sequence: 7, index: 42 }], overtaken: [] }]
    press('提交')
    await settled()
    expect(text()).toContain('日志序号 42')
  })

  it('asks for the password again where it was wrong', async () => {
    answers({})
    const refused = async () => authority.setAccount('513201-zf-js01', 'suspended', 'wrong')
    vi.stubGlobal(
      'fetch',
      vi.fn(
        async () =>
          new Response(JSON.stringify({ code: 'wrong-password', title: '签发人口令不正确' }), {
            status: 401,
          }),
      ),
    )
    const signedOut = vi.fn()
    listen({ signedOut, locked: vi.fn(async () => undefined), reached: vi.fn(), away: vi.fn() })
    await mount(refused)
    type('wrong')
    await settled()
    press('锁定并提交')
    await settled()
    expect(text()).toContain('签发人口令不正确')
    expect(document.querySelector<HTMLInputElement>('#officer-password')?.value).toBe('')
    expect(signedOut, 'the session goes on').not.toHaveBeenCalled()
  })

  it('shows tickets, seals to revoke and missing signatures', async () => {
    const [act] = signed.acts
    await mount(async () => ({
      acts: act ? [{ ...act, state: 'incomplete', missing: 2 }] : [],
      tickets: [{ account: '513204-zf-gl01', device: '513204-zf-pc01', ticket: 'ABCD-EFGH' }],
      to_revoke: ['513204-zf-seal01'],
    }))
    const asked = answers({})
    type('Show-case-1')
    await settled()
    press('锁定并提交')
    await settled()
    for (const said of ['ABCD-EFGH', '尚缺 2 位签发人签名', '513204-zf-seal01', '只显示这一次']) {
      expect(text()).toContain(said)
    }
    const submits = asked.mock.calls.filter(([address]) => String(address).includes('submit'))
    expect(submits, 'what others must sign is not submitted').toEqual([])
    shown?.unmount()
    expect(text(), 'a ticket that was shown is gone').not.toContain('ABCD-EFGH')
    shown = null
  })
})

describe('what is asked of the authority', () => {
  it('never puts a password into an address', async () => {
    const asked = answers({})
    const asks: (() => Promise<unknown>)[] = [
      () => authority.plan({}, 'Show-case-1'),
      () => authority.closeUnit('513201-zf', undefined, 'Show-case-1'),
      () => authority.withdrawDevice('513201-zf-pc01', 'Show-case-1'),
      () => authority.setSeal('513201-zf-seal01', 'closed', 'Show-case-1'),
      () => authority.cosign('a', 'Show-case-1'),
    ]
    for (const ask of asks) await request(ask)
    expect(asked).toHaveBeenCalledTimes(asks.length)
    for (const [address] of asked.mock.calls) expect(String(address)).not.toContain('Show-case')
  })

  it.each(['../oa', 'a/b', 'a?b', 'a#b', '号'])('names %s in one part of a path', async (id) => {
    const asked = answers({})
    await request(() => authority.setAccount(id, 'active', 'x'))
    expect(asked.mock.calls[0]?.[0]).toBe(
      `/api/v1/authority/accounts/${encodeURIComponent(id)}/status`,
    )
  })
})

describe('what was entered', () => {
  it('gives accounts and computers the first free number of their use', () => {
    expect(accountId('513201-zf', 'send', [])).toBe('513201-zf-fs01')
    expect(accountId('513201-zf', 'send', ['513201-zf-fs01'])).toBe('513201-zf-fs02')
    expect(accountId('513201-zf', 'unheard-of', [])).toBe('513201-zf-zh01')
    expect(deviceId('513201-zf', ['513201-zf-pc01', '513201-zf-pc03'])).toBe('513201-zf-pc02')
  })
  it('finds the unit of an id', () => {
    expect(unitOf('513201-zf-fs01')).toBe('513201-zf')
    expect(unitOf('')).toBe('')
  })
  it('leaves out what stayed empty', () => {
    expect({ ...kept('parent', ' '), ...kept('kind', undefined) }).toEqual({})
    expect(kept('parent', ' 513200-zfb ')).toEqual({ parent: '513200-zfb' })
  })
  it('offers nothing for what was closed for ever', () => {
    for (const list of ['units', 'accounts', 'devices', 'seals', 'officers'] as const) {
      expect(actsOf(list, 'closed'), list).toEqual([])
    }
    expect(actsOf('accounts', 'suspended')).toContain('unlock')
    expect(actsOf('accounts', 'active')).not.toContain('unlock')
    expect(actsOf('seals', 'active')).toEqual(['suspend', 'replace', 'revoke'])
  })
})
