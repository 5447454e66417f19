/** How states are toned. The word always stands beside it. */

export type Tone = 'plain' | 'good' | 'wait' | 'bad' | 'act'

const TONES: Readonly<Record<string, Tone>> = {
  'signed-for': 'good',
  signed: 'good',
  passed: 'good',
  dispatched: 'good',
  completed: 'good',
  clean: 'good',
  returned: 'bad',
  refused: 'bad',
  'refused-by-the-approver': 'bad',
  failed: 'bad',
  refuse: 'bad',
  overdue: 'bad',
  error: 'bad',
  announced: 'wait',
  fetched: 'wait',
  inspected: 'wait',
  submitted: 'wait',
  approved: 'wait',
  sealed: 'wait',
  hold: 'wait',
  'cannot-check': 'wait',
  'not-checked': 'wait',
  warning: 'wait',
}

export function toneOf(code: string | null | undefined): Tone {
  return TONES[code ?? ''] ?? 'plain'
}

const PENDING = new Set(['announced', 'fetched', 'inspected'])

/** Whether a delivery in this state still waits for its recipient. */
export function isPending(code: string | null | undefined): boolean {
  return PENDING.has(code ?? '')
}

const ORDINARY = new Set(['', 'none', 'ordinary', 'normal', 'plain'])

export function isUrgent(code: string | null | undefined): boolean {
  return !ORDINARY.has(code ?? '')
}

/** 平急 is told and does not press. */
export function toneOfUrgency(code: string): Tone {
  return code === 'routine' ? 'plain' : 'bad'
}
