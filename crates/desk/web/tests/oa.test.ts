import { afterEach, describe, expect, it, vi } from 'vitest'
import { listen } from '../src/api/client'
import { request } from '../src/api/asked'
import { oa } from '../src/api/oa'

function answers(status: number, body: unknown) {
  const asked = vi.fn<typeof fetch>(
    async () => new Response(status === 204 ? null : JSON.stringify(body), { status }),
  )
  vi.stubGlobal('fetch', asked)
  return asked
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('what is asked about OA systems', () => {
  const entered = { system: 'OA', acts: ['submit'], days: 1, password: 'x' }
  const hook = { url: '10.1.2.3:8080/', events: [], password: 'x' }

  it.each([
    ['issuing a token', () => oa.issue(entered)],
    ['opening the account', () => oa.open('x')],
    ['setting an address', () => oa.setHook('oa', hook)],
  ])('takes a wrong password while %s for an answer, not for the end', async (_, asks) => {
    const signedOut = vi.fn()
    listen({ signedOut, locked: vi.fn(async () => undefined), reached: vi.fn(), away: vi.fn() })
    answers(401, { code: 'wrong-password', title: '口令不对' })
    const { problem } = await request<unknown>(asks)
    expect(problem?.code).toBe('wrong-password')
    expect(signedOut).not.toHaveBeenCalled()
  })

  it('still ends with the session elsewhere', async () => {
    const signedOut = vi.fn()
    listen({ signedOut, locked: vi.fn(async () => undefined), reached: vi.fn(), away: vi.fn() })
    answers(401, { code: 'signed-out' })
    await request<unknown>(oa.state)
    expect(signedOut).toHaveBeenCalledOnce()
  })

  it.each(['../session', 'a/b', 'a?b', 'a#b', '号'])(
    'names %s in one part of a path',
    async (id) => {
      const asked = answers(204, null)
      await request<unknown>(() => oa.revoke(id))
      const [address] = asked.mock.calls[0] ?? []
      expect(address).toBe(`/api/v1/oa/tokens/${encodeURIComponent(id)}`)
    },
  )

  it('never puts a password or a token into an address', async () => {
    const asked = answers(204, null)
    await request<unknown>(() => oa.open('Show-case-1'))
    const [address] = asked.mock.calls[0] ?? []
    expect(String(address)).not.toContain('Show-case-1')
  })
})
