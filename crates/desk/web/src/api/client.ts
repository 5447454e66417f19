/** Requests to the desk: to the address that the page came from, and nowhere else. */

import { language } from '../state/preferences'
import { read, unreachable } from './problem'

export const BASE = '/api/v1'

export type Query = Record<string, string | number | boolean | null | undefined>

interface Ears {
  /** Nobody is signed in any more. */
  signedOut: () => void
  /** The desk was locked; resolves once the person has unlocked it. */
  locked: () => Promise<void>
  /** Whether the desk itself could be reached. */
  reached: (reached: boolean) => void
  /** The desk could not reach the exchange. */
  away: () => void
}

let ears: Ears = {
  signedOut: () => undefined,
  locked: () => Promise.reject(new DOMException('locked', 'AbortError')),
  reached: () => undefined,
  away: () => undefined,
}

export function listen(to: Ears) {
  ears = to
}

export function address(path: string, query: Query = {}): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') words.set(name, String(value))
  }
  const tail = words.toString()
  return `${BASE}${path}${tail ? `?${tail}` : ''}`
}

export interface Options {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  query?: Query
  body?: unknown
  signal?: AbortSignal | undefined
  /** For the session's own requests: their refusals are answers, not the end of a session. */
  own?: boolean
}

function headers(options: Options): Headers {
  const all = new Headers({
    accept: 'application/json, application/problem+json',
    'accept-language': language.value === 'zh' ? 'zh-CN' : 'en',
  })
  if (options.body !== undefined) all.set('content-type', 'application/json')
  // A page of another origin cannot set this header.
  if (options.method && options.method !== 'GET') all.set('x-yichuan', '1')
  return all
}

async function bodyOf(answer: { text(): Promise<string> }): Promise<unknown> {
  const text = await answer.text()
  if (!text) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The answer to a request that went well; a refusal is thrown. */
async function answered(path: string, options: Options): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(address(path, options.query), {
      method: options.method ?? 'GET',
      headers: headers(options),
      body: options.body === undefined ? null : JSON.stringify(options.body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: options.signal ?? null,
    })
  } catch (error) {
    if (options.signal?.aborted) throw new DOMException('left', 'AbortError')
    ears.reached(false)
    throw error instanceof TypeError ? unreachable() : error
  }
  ears.reached(true)
  if (answer.ok) return answer
  const problem = read(answer.status, await bodyOf(answer), answer.headers.get('retry-after'))
  if (problem.code === 'away') ears.away()
  if (!options.own) {
    if (problem.status === 423) {
      await ears.locked()
      return answered(path, options)
    }
    if (problem.status === 401) ears.signedOut()
  }
  throw problem
}

export async function call<T>(path: string, options: Options = {}): Promise<T> {
  return (await bodyOf(await answered(path, options))) as T
}

/** As `call`, for an act. */
export function post<T>(path: string, body: unknown = {}, options: Options = {}): Promise<T> {
  return call<T>(path, { ...options, method: 'POST', body })
}

/** A file that an act makes. */
export async function made(path: string, body: unknown): Promise<Blob> {
  const answer = await answered(path, { method: 'POST', body })
  return answer.blob()
}

/** Sends a file, telling how much of it has gone; `fetch` cannot tell that. */
export function upload<T>(
  path: string,
  file: Blob,
  how: {
    method?: 'POST' | 'PUT'
    query?: Query
    type?: string
    name?: string
    signal?: AbortSignal
    onProgress?: (share: number) => void
  },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const sent = new XMLHttpRequest()
    sent.open(how.method ?? 'POST', address(path, how.query))
    const all = headers({ method: 'POST' })
    all.set('content-type', how.type ?? 'application/octet-stream')
    all.forEach((value, name) => {
      sent.setRequestHeader(name, value)
    })
    sent.upload.onprogress = (event) => {
      if (event.lengthComputable) how.onProgress?.(event.loaded / event.total)
    }
    sent.onload = () => {
      void bodyOf({ text: async () => sent.responseText }).then((body) => {
        if (sent.status >= 200 && sent.status < 300) resolve(body as T)
        else reject(read(sent.status, body, sent.getResponseHeader('retry-after')))
      })
    }
    sent.onerror = () => {
      reject(unreachable())
    }
    sent.onabort = () => {
      reject(new DOMException('left', 'AbortError'))
    }
    how.signal?.addEventListener('abort', () => {
      sent.abort()
    })
    sent.send(file)
  })
}
