/** Errors of the desk, as RFC 9457 problem documents, and what a page makes of them. */

/** What a page needs to know of a request that did not succeed. */
export class Problem extends Error {
  constructor(
    /** The HTTP status; 0 where the desk itself did not answer. */
    readonly status: number,
    /** The stable code, such as `YC-0301` or `desk/locked`; empty where there was none. */
    readonly code: string,
    /** One sentence in the language of the page. */
    readonly title: string,
    /** What to do, or the facts; may be empty. */
    readonly detail: string,
    /** What to do about it; may be empty. */
    readonly cure: string,
    /** Each thing that is wrong, where there are several. */
    readonly lines: readonly string[],
    /** After how many seconds it may be tried again. */
    readonly retryAfter: number | null,
  ) {
    super(title)
    this.name = 'Problem'
  }
}

const TEXT_CHARACTERS_MAX = 2_000

function words(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, TEXT_CHARACTERS_MAX) : ''
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

/** More lines than anybody reads are cut. */
const LINES_MAX = 200

/** Reads the body of an answer; whatever it is, a problem comes out. */
export function read(status: number, body: unknown, retryAfter: string | null): Problem {
  const said = record(body)
  const seconds = Number(retryAfter ?? said['retry_after_seconds'] ?? Number.NaN)
  const lines = Array.isArray(said['lines']) ? said['lines'] : []
  return new Problem(
    status,
    words(said['code']),
    words(said['title']),
    words(said['detail']),
    words(said['cure']),
    lines.map(words).filter(Boolean).slice(0, LINES_MAX),
    Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null,
  )
}

/** The desk did not answer at all. */
export function unreachable(): Problem {
  return new Problem(0, '', '', '', '', [], null)
}

export type Kind =
  | 'unreachable'
  | 'signedOut'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'tooLarge'
  | 'invalid'
  | 'busy'
  | 'away'
  | 'fault'

/** The kind of a problem, for the heading where the desk gave no title of its own. */
export function kindOf(problem: Pick<Problem, 'status'>): Kind {
  switch (problem.status) {
    case 0:
      return 'unreachable'
    case 401:
      return 'signedOut'
    case 403:
      return 'forbidden'
    case 404:
    case 410:
      return 'missing'
    case 409:
    case 412:
      return 'conflict'
    case 413:
      return 'tooLarge'
    case 400:
    case 415:
    case 422:
      return 'invalid'
    case 429:
      return 'busy'
    case 502:
    case 503:
    case 504:
      return 'away'
    default:
      return 'fault'
  }
}
