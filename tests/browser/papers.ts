/** Files as clerks drop them, and documents that are brought to a stage without a browser. */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Page } from 'playwright-core'
import { office, world } from './stage'

export const fixture = (name: string) => join(import.meta.dirname, '../fixtures', name)

/** Drops a file on the page as a clerk would. */
export async function drop(page: Page, name: string, bytes: Buffer) {
  const transfer = await page.evaluateHandle(
    ([name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([bytes], name))
      return transfer
    },
    [name, bytes.toString('base64')] as const,
  )
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer })
}

/** A page that was scanned: a PDF of one picture and no text, which only a person can judge. */
export function scanned(): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R' +
      ' /Resources << /XObject << /Scan 5 0 R >> >> >>',
    '<< /Length 33 >>\nstream\nq 500 0 0 700 47 71 cm /Scan Do Q\nendstream',
    '<< /Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray' +
      ` /BitsPerComponent 8 /Length 64 >>\nstream\n${'~T'.repeat(32)}\nendstream`,
  ]
  let pdf = '%PDF-1.4\n'
  const places = objects.map((object, at) => {
    const place = pdf.length
    pdf += `${at + 1} 0 obj\n${object}\nendobj\n`
    return `${String(place).padStart(10, '0')} 00000 n \n`
  })
  const size = objects.length + 1
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${places.join('')}`
  const end = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${pdf.length}\n%%EOF\n`
  return Buffer.from(pdf + table + end, 'latin1')
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50

/** An OFD of stored entries with words exchanged for others of the same length. */
export function altered(ofd: Buffer, from: string, to: string): Buffer {
  const [old, fresh] = [Buffer.from(from), Buffer.from(to)]
  if (old.length !== fresh.length) throw new Error('words of different lengths')
  const made = Buffer.from(ofd)
  const sums = new Map<string, number>()
  let at = 0
  while (made.readUInt32LE(at) === LOCAL) {
    const [size, name, extra] = [18, 26, 28].map((place, turn) =>
      turn ? made.readUInt16LE(at + place) : made.readUInt32LE(at + place),
    ) as [number, number, number]
    const begin = at + 30 + name + extra
    const body = made.subarray(begin, begin + size)
    for (let found = body.indexOf(old); found >= 0; found = body.indexOf(old, found + 1)) {
      fresh.copy(body, found)
    }
    made.writeUInt32LE(crc32(body), at + 14)
    sums.set(made.toString('utf8', at + 30, at + 30 + name), crc32(body))
    at = begin + size
  }
  while (made.readUInt32LE(at) === CENTRAL) {
    const name = made.readUInt16LE(at + 28)
    made.writeUInt32LE(sums.get(made.toString('utf8', at + 46, at + 46 + name)) ?? 0, at + 16)
    at += 46 + name + made.readUInt16LE(at + 30) + made.readUInt16LE(at + 32)
  }
  return made
}

/** Calls the program on a home; the password comes from a file, since node's pipes are sockets,
 * which the program cannot open by their path. */
export function run(home: string, words: string[]): string {
  const secret = join(world.folder, 'browser-password')
  writeFileSync(secret, `${world.password}\n`, { mode: 0o600 })
  const shell = ['-c', 'exec "$@" < "$0"', secret, join(world.programs, 'yichuan')]
  return execFileSync('sh', [...shell, '--home', home, '--password-fd', '0', ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Calls the program in an office, as somebody with a terminal. */
export function call(place: number, letters: string, ...words: string[]): string {
  const { home, code } = office(place)
  return run(home, ['--account', `${code}-${letters}`, ...words])
}

/** Has the authority sign something, and submits it to the exchange at this address. */
export function sign(exchange: string, ...words: string[]) {
  const home = join(world.folder, 'authority')
  const signed = run(home, ['--json', 'authority', 'sign', ...words])
  const { files } = JSON.parse(signed) as { files: string[] }
  run(home, ['authority', 'submit', '--exchange', exchange, ...files])
}

export interface Sent {
  title: string
  to: string
  copy?: string
  file?: string
  attachment?: string
  contact?: { name: string; phone: string }
  metadata?: Record<string, unknown>
  /** How many originals each recipient may print. */
  quota?: number
  /** The document that this one corrects. */
  replaces?: string
}

/** What the desk says of a delivery. */
export interface Delivered {
  unit: { code: string }
  state: { code: string }
  round: number
  more_copies: number
  extension: { decided: boolean; given: object | null } | null
}

/** Sends a document from an office, through everybody who has to have a part in it. */
export function send(
  place: number,
  sent: Sent,
  until: 'compose' | 'submit' | 'approve' | 'seal' = 'seal',
) {
  const meta = join(world.folder, `browser-${process.pid}-${Date.now()}.json`)
  const elements = {
    ...(JSON.parse(readFileSync(fixture('notice.json'), 'utf8')) as Record<string, unknown>),
    ...sent.metadata,
    title: sent.title,
    number: null,
    ...(sent.contact ? { contact: sent.contact } : {}),
  }
  writeFileSync(meta, JSON.stringify(elements))
  const copy = sent.copy ? ['--cc', sent.copy] : []
  const quota = sent.quota ? ['--print-quota', String(sent.quota)] : []
  const replaces = sent.replaces ? ['--replaces', sent.replaces] : []
  const more = [...copy, ...quota, ...replaces]
  const words = ['--json', 'compose', '--meta', meta, '--to', sent.to, ...more]
  const files = [sent.file ?? fixture('notice.ofd'), ...(sent.attachment ? [sent.attachment] : [])]
  const composed = call(place, 'fs01', ...words, ...files)
  const { id } = JSON.parse(composed) as { id: string }
  if (until === 'compose') return id
  call(place, 'fs01', 'submit', id)
  if (until === 'submit') return id
  call(place, 'sp01', 'approve', id)
  if (until === 'seal') call(place, 'yz01', 'seal', id)
  return id
}
