// A desk that is not one: answers the pages from made-up data, while the real one is not at hand.
// Never shipped, and never used in the journeys. `node dev/mock.mjs`, then 127.0.0.1:8470.

import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fixtures } from './fixtures.mjs'

const PORT = Number(process.env.PORT ?? 8470)
const DIST = fileURLToPath(new URL('../dist/', import.meta.url))
const KINDS = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
// As the desk sends it.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'"

const made = fixtures()
let session = process.env.SIGNED_IN ? 'signed-in' : 'signed-out'
let exchange = 'connected'
const streams = new Set()
const drafts = new Map()
const uploads = new Map()

function state() {
  return {
    state: session,
    account: session === 'signed-out' ? null : made.me().account,
    accounts: ['513200-zfb-fs01', '513200-zfb-gl01', '513200-zfb-js01', '513200-zfb-yz01'],
    idle_seconds: 1800,
  }
}

function problem(status, code, title, more = {}) {
  return [status, { type: 'about:blank', status, code, title, ...more }]
}

function page(items, url) {
  const at = Number(url.searchParams.get('cursor') ?? 0)
  const q = url.searchParams.get('q') ?? ''
  const all = items.filter((one) => !q || JSON.stringify(one).includes(q))
  return [
    200,
    { items: all.slice(at, at + 50), next: at + 50 < all.length ? String(at + 50) : null },
  ]
}

const RECORDED = { index: 4711, time: made.time(0) }
let password = 'Correct-horse-9'

const routes = [
  ['GET', /^\/session$/, () => [200, state()]],
  [
    'POST',
    /^\/session$/,
    (_, __, body) => {
      if (body.account === '513200-zfb-js01' && password === 'Correct-horse-9') {
        return problem(403, 'password-expired', '口令已到期')
      }
      if (body.password !== password) {
        return problem(401, 'wrong-password', '口令不正确', { cure: '还可以再试 4 次。' })
      }
      made.become(body.account)
      session = 'signed-in'
      return [200, state()]
    },
  ],
  [
    'POST',
    /^\/session\/unlock$/,
    (_, __, body) => {
      if (body.password !== password) return problem(401, 'wrong-password', '口令不正确')
      session = 'signed-in'
      return [200, state()]
    },
  ],
  [
    'POST',
    /^\/session\/lock$/,
    () => {
      session = 'locked'
      return [200, state()]
    },
  ],
  ['POST', /^\/session\/touch$/, () => [200, state()]],
  [
    'POST',
    /^\/session\/password$/,
    (_, __, body) => {
      password = body.new
      return [204]
    },
  ],
  [
    'DELETE',
    /^\/session$/,
    () => {
      session = 'signed-out'
      return [204]
    },
  ],
  ['GET', /^\/me$/, () => [200, made.me()]],
  [
    'GET',
    /^\/state$/,
    () => [
      200,
      {
        exchange,
        since: made.time(-60),
        transport: 'tcp',
        now: made.time(0),
        server: '0.1.0',
        events: 7,
        web: true,
      },
    ],
  ],
  ['GET', /^\/words$/, () => [200, made.words]],
  ['GET', /^\/work$/, () => [200, { items: made.work(), now: made.time(0) }]],
  ['GET', /^\/directory$/, () => [200, { units: made.units }]],
  ['GET', /^\/directory\/units\/[^/]+\/people$/, () => [200, { items: made.people }]],
  ['GET', /^\/directory\/groups$/, () => [200, { items: made.groups }]],
  [
    'PUT',
    /^\/directory\/groups$/,
    (_, __, body) => {
      made.groups = body.items
      return [204]
    },
  ],
  [
    'GET',
    /^\/drafts$/,
    () => [
      200,
      {
        items: [...drafts].map(([id, draft]) => ({
          id,
          title: draft.title,
          updated: made.time(-5),
          files: draft.files.length,
        })),
      },
    ],
  ],
  [
    'POST',
    /^\/drafts$/,
    (_, __, body) => {
      const id = `d${drafts.size + 1}`
      drafts.set(id, body)
      return [201, { id }]
    },
  ],
  [
    'GET',
    /^\/drafts\/(.+)$/,
    (_, [id]) =>
      drafts.has(id)
        ? [200, { id, updated: made.time(-5), draft: drafts.get(id), missing_files: [] }]
        : problem(404, 'not-found', '没有这份草稿'),
  ],
  [
    'PUT',
    /^\/drafts\/(.+)$/,
    (_, [id], body) => {
      drafts.set(id, body)
      return [204]
    },
  ],
  [
    'DELETE',
    /^\/drafts\/(.+)$/,
    (_, [id]) => {
      drafts.delete(id)
      return [204]
    },
  ],
  [
    'POST',
    /^\/compose\/check$/,
    (_, __, body) => [
      200,
      {
        errors: [],
        warnings: [{ field: 'to', text: '青石县人民政府与青石县人民政府办公室名称相近，请核对。' }],
        to: body.to.map(made.unit),
        copy: body.copy.map(made.unit),
      },
    ],
  ],
  [
    'POST',
    /^\/compose$/,
    () => [
      201,
      {
        id: made.lines[0].id,
        manifest: 'm',
        number: null,
        body_bytes: 90000,
        departures: [],
        to_declare: [],
      },
    ],
  ],
  ['GET', /^\/outgoing$/, () => [200, { items: made.outgoing }]],
  ['GET', /^\/files$/, () => [200, { items: [...uploads.values()] }]],
  [
    'GET',
    /^\/files\/([^/]+)$/,
    (_, [id]) =>
      uploads.has(id) ? [200, uploads.get(id)] : problem(404, 'not-found', '文件已不在'),
  ],
  [
    'DELETE',
    /^\/files\/(.+)$/,
    (_, [id]) => {
      uploads.delete(id)
      return [204]
    },
  ],
  [
    'GET',
    /^\/documents$/,
    (url) =>
      page(
        made.lines.filter((one) => one.direction === url.searchParams.get('direction')),
        url,
      ),
  ],
  [
    'GET',
    /^\/registers\/(sent|received)$/,
    (url, [way]) =>
      page(
        made.lines.filter((one) => one.direction === way),
        url,
      ),
  ],
  [
    'GET',
    /^\/documents\/([^/]+)$/,
    (_, [id]) => {
      const line = made.lines.find((one) => one.id === id)
      return line ? [200, made.document(line)] : problem(404, 'not-found', '没有这份公文')
    },
  ],
  ['GET', /^\/documents\/[^/]+\/history$/, () => [200, { items: made.history }]],
  ['GET', /^\/documents\/[^/]+\/inspection$/, () => [200, made.inspection]],
  ['GET', /^\/documents\/[^/]+\/differences$/, () => [200, made.differences]],
  ['GET', /^\/documents\/[^/]+\/contacts$/, () => [200, { items: [] }]],
  [
    'POST',
    /^\/documents\/[^/]+\/seal\/proposal$/,
    () => [
      200,
      {
        places: [{ page: 2, x: 121, y: 187, width: 42, height: 42 }],
        pages: 2,
        page_sizes_mm: [
          [210, 297],
          [210, 297],
        ],
        picture: { width_mm: 42, height_mm: 42 },
      },
    ],
  ],
  ['POST', /^\/documents\/[^/]+\/fetch$/, () => [200, made.received]],
  ['GET', /^\/documents\/[^/]+\/received$/, () => [200, made.received]],
  ['POST', /^\/documents\/[^/]+\/(.+)$/, () => [200, { ...RECORDED, written: '2026-00018' }]],
  ['GET', /^\/figures$/, () => [200, made.figures]],
  ['GET', /^\/audit$/, (url) => page(made.audit, url)],
  ['GET', /^\/roster\/policy$/, () => [200, { password_days: 90, ceiling: '秘密' }]],
  ['GET', /^\/roster\/history$/, (url) => page(made.rosterHistory, url)],
  ['GET', /^\/roster\/(\w+)$/, (_, [which]) => [200, { items: made.roster[which] ?? [] }]],
  [
    'GET',
    /^\/settings$/,
    () => [
      200,
      {
        language: 'zh',
        idle_seconds: 1800,
        device: '513200-zfb-pc01',
        exchange: 'zhou.example',
        accounts: state().accounts,
      },
    ],
  ],
  ['PUT', /^\/settings$/, () => [204]],
  ['GET', /^\/oa$/, () => [200, { open: false, acts: [], days_max: 366, tokens: [] }]],
  ['GET', /^\/oa\/(log|hooks)$/, () => [200, { items: [] }]],
]

function events(answer) {
  answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  answer.write(`event: state\ndata: ${JSON.stringify({ exchange, session })}\n\n`)
  streams.add(answer)
  answer.on('close', () => streams.delete(answer))
}

async function bodyOf(request) {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function api(request, answer, url) {
  const path = url.pathname.slice('/api/v1'.length)
  if (path === '/events') return events(answer)
  if (/\/pages\/\d+$/u.test(path) || /\/picture$/u.test(path)) {
    const picture = /picture$/u.test(path) ? made.impression : made.pagePicture
    answer.writeHead(200, { 'content-type': 'image/svg+xml' })
    return answer.end(picture)
  }
  const raw = await bodyOf(request)
  if (path === '/files' && request.method === 'POST') {
    const file = made.file(`f${uploads.size + 1}`, url.searchParams.get('name'), raw.length)
    uploads.set(file.id, file)
    answer.writeHead(201, { 'content-type': 'application/json' })
    return answer.end(JSON.stringify(file))
  }
  if (path === '/dev/exchange') {
    exchange = url.searchParams.get('is') ?? exchange
    for (const stream of streams) {
      stream.write(`event: state\ndata: ${JSON.stringify({ exchange, session })}\n\n`)
    }
  }
  let said = problem(404, 'not-found', `没有 ${path}`)
  for (const [method, form, run] of routes) {
    const found = form.exec(path)
    if (method !== request.method || !found) continue
    const body = raw.length ? JSON.parse(raw.toString()) : {}
    const open = /^\/(session|state|words)/u.test(path)
    said =
      open || session === 'signed-in'
        ? run(url, found.slice(1), body)
        : problem(session === 'locked' ? 423 : 401, session, '请登录')
    break
  }
  const [status, body] = said
  answer.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
  })
  answer.end(body === undefined ? '' : JSON.stringify(body))
}

createServer(async (request, answer) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (url.pathname.startsWith('/api/v1')) return api(request, answer, url)
  const path = normalize(url.pathname === '/' ? '/index.html' : url.pathname)
  try {
    const bytes = await readFile(join(DIST, path))
    answer.writeHead(200, {
      'content-type': KINDS[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    })
    answer.end(bytes)
  } catch {
    answer.writeHead(404).end()
  }
}).listen(PORT, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${PORT}`)
})
