import { afterEach, describe, expect, it, vi } from 'vitest'
import { address, call, listen } from '../src/api/client'
import { request } from '../src/api/asked'
import { kindOf, Problem, read } from '../src/api/problem'

function answers(...all: [status: number, body: unknown][]) {
  const asked = vi.fn<typeof fetch>(async () => {
    const [status, body] = all.shift() ?? [500, '']
    return new Response(status === 204 ? null : JSON.stringify(body), { status })
  })
  vi.stubGlobal('fetch', asked)
  return asked
}

function ears(over: Partial<Parameters<typeof listen>[0]> = {}) {
  listen({
    signedOut: vi.fn(),
    locked: vi.fn(async () => undefined),
    reached: vi.fn(),
    away: vi.fn(),
    ...over,
  })
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a problem', () => {
  it('is read from whatever came', () => {
    for (const body of [undefined, null, 'text', 7, [], { title: 9, lines: 'x' }]) {
      const problem = read(500, body, null)
      expect(problem).toBeInstanceOf(Problem)
      expect(problem.title).toBe('')
      expect(problem.lines).toEqual([])
    }
  })
  it('keeps its code, its cure, its lines and when to try again', () => {
    const problem = read(
      409,
      {
        code: 'YC-0703',
        title: '须声明',
        cure: '逐件阅看',
        lines: ['一', 3, '二'],
        retry_after_seconds: 2.1,
      },
      null,
    )
    expect(problem).toMatchObject({
      status: 409,
      code: 'YC-0703',
      cure: '逐件阅看',
      lines: ['一', '二'],
      retryAfter: 3,
    })
  })
  it.each([
    [0, 'unreachable'],
    [401, 'signedOut'],
    [403, 'forbidden'],
    [404, 'missing'],
    [409, 'conflict'],
    [413, 'tooLarge'],
    [422, 'invalid'],
    [429, 'busy'],
    [503, 'away'],
    [500, 'fault'],
    [418, 'fault'],
  ])('of status %i is %s', (status, kind) => {
    expect(kindOf({ status })).toBe(kind)
  })
})

describe('a request', () => {
  it('goes to the desk only, with its mark, and never follows a redirect', async () => {
    ears()
    const asked = answers([200, { ok: true }])
    await call('/drafts', { method: 'POST', body: { a: 1 } })
    const [to, how] = asked.mock.calls[0] ?? []
    expect(to).toBe('/api/v1/drafts')
    expect(how).toMatchObject({ credentials: 'same-origin', redirect: 'error', cache: 'no-store' })
    expect((how?.headers as Headers).get('x-yichuan')).toBe('1')
  })
  it('leaves empty filters out and escapes the rest', () => {
    expect(address('/documents', { q: 'a&b=c', state: '', cursor: undefined, limit: 5 })).toBe(
      '/api/v1/documents?q=a%26b%3Dc&limit=5',
    )
  })
  it('waits while the desk is locked, and is repeated once it is not', async () => {
    const locked = vi.fn(async () => undefined)
    ears({ locked })
    answers([423, { code: 'locked' }], [200, { done: 1 }])
    expect(await call('/work')).toEqual({ done: 1 })
    expect(locked).toHaveBeenCalledOnce()
  })
  it('tells that nobody is signed in, but not for the sign-in itself', async () => {
    const signedOut = vi.fn()
    ears({ signedOut })
    answers([401, { code: 'wrong-password' }], [401, { code: 'signed-out' }])
    expect((await request(() => call('/session', { own: true }))).problem?.code).toBe(
      'wrong-password',
    )
    expect(signedOut).not.toHaveBeenCalled()
    await request(() => call('/work'))
    expect(signedOut).toHaveBeenCalledOnce()
  })
  it('tells a desk that does not answer from one that refuses', async () => {
    const reached = vi.fn()
    ears({ reached })
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => {
        throw new TypeError('failed to fetch')
      }),
    )
    expect((await request(() => call('/work'))).problem?.status).toBe(0)
    expect(reached).toHaveBeenLastCalledWith(false)
  })
  it('that was given up is neither an answer nor a problem', async () => {
    ears()
    const stop = new AbortController()
    stop.abort()
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => {
        throw new DOMException('', 'AbortError')
      }),
    )
    expect(await request(() => call('/work', { signal: stop.signal }))).toEqual({
      value: null,
      problem: null,
    })
  })
})
