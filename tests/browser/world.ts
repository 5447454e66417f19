/** The worlds in which journeys take place: `cargo xtask demo --desk --json`, opened once for all
 * of them and ended with them. Each process that runs journeys has one to itself. */

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { TestProject } from 'vitest/node'
import { forgetNotes } from './controls'

export interface Account {
  account: string
  letters: string
  role: string
  name: string
}
export interface Office {
  code: string
  name: string
  home: string
  desk: string
  pages: boolean
  accounts: Account[]
}
export interface World {
  folder: string
  programs: string
  password: string
  /** The authority, whose home is at the first office's desk; its officer's password. */
  authority: { home: string; root: string; password: string }
  typeset: boolean
  offices: Office[]
}

declare module 'vitest' {
  interface ProvidedContext {
    /** How many worlds there are. */
    count: number
    worlds: World[]
    /** Where lines that stop and start the exchange of each world are sent to. */
    controls: string[]
  }
}

/** The program that opens worlds; `cargo xtask test browser` names itself. */
function command(history: string): [string, string[]] {
  const [program, programs] = [process.env['YICHUAN_XTASK'], process.env['YICHUAN_PROGRAMS']]
  if (!program || !programs) throw new Error('run `cargo xtask test browser`')
  return [program, ['demo', '--desk', '--json', history, '--programs', programs]]
}

type Program = ChildProcessByStdio<Writable, Readable, null>

/** Many times what a world takes to open: one that says nothing for so long never will. */
const PATIENCE_MS = 600_000

async function line(lines: Interface, program: Program): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      program.kill()
      reject(new Error(`the world said nothing for ${PATIENCE_MS} ms`))
    }, PATIENCE_MS)
    lines.once('line', (said) => {
      clearTimeout(late)
      resolve(said)
    })
    program.once('exit', (code) => {
      clearTimeout(late)
      reject(new Error(`the world ended with ${String(code)}`))
    })
  })
}

interface Opened {
  world: World
  child: Program
  lines: Interface
  /** Ends it, and waits until it has. */
  end: () => Promise<void>
}

/** Opens a world; `history` is an option of the command that says what has happened in it. */
export async function opened(history = '--today'): Promise<Opened> {
  const [program, words] = command(history)
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const world = JSON.parse(await line(lines, child)) as World
  const end = async () => {
    lines.removeAllListeners()
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.stdin.end()
    await ended
  }
  return { world, child, lines, end }
}

/** Opens the worlds before the first journey; what it returns ends them after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  forgetNotes()
  const { count = 1 } = project.config.provide
  const all = await Promise.all(Array.from({ length: count }, async () => controlled()))
  project.provide(
    'worlds',
    all.map((one) => one.world),
  )
  project.provide(
    'controls',
    all.map((one) => one.control),
  )
  return async () => {
    await Promise.all(all.map((one) => one.end()))
  }
}

/** A world whose exchange journeys stop and start: they run in processes of their own and cannot
 * reach the pipe, so they ask a server. */
async function controlled() {
  const { world, child, lines, end } = await opened()
  const { createServer } = await import('node:http')
  const server = createServer((request, answer) => {
    void (async () => {
      const said = decodeURIComponent((request.url ?? '/').slice(1))
      child.stdin.write(`${said}\n`)
      answer.end(await line(lines, child))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    world,
    control: `http://127.0.0.1:${address.port}/`,
    end: async () => {
      server.close()
      await end()
    },
  }
}
