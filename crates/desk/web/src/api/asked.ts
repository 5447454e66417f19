/** Asking the desk, with the answer or the problem as a value. */

import { Problem, read } from './problem'

export interface Answer<T> {
  value: T | null
  problem: Problem | null
}

/** Runs `ask`; a page that was left in the meantime gets neither an answer nor a problem. */
export async function request<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await ask(), problem: null }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      return { value: null, problem: null }
    }
    if (error instanceof Problem) return { value: null, problem: error }
    return { value: null, problem: read(500, { detail: String(error) }, null) }
  }
}
