/** A correction begins as a draft with everything of the document that it replaces but its files,
 * which have to be the corrected ones. */

import { drafts } from '../../api/desk'
import type { Document, Metadata } from '../../api/types'
import { completed, tidied } from '../../logic/draft'
import { parse } from '../../logic/documentNumber'

export function correctionOf(document: Document | null, id: string) {
  const header = document?.header
  const number = parse(document?.number ?? '')
  const units = (code: string) =>
    document?.recipients.filter((one) => one.role.code === code).map((one) => one.unit.code) ?? []
  const copied = new Set([...units('copy'), ...units('copied')])
  return drafts.begin(
    tidied(
      completed({
        to:
          document?.recipients.map((one) => one.unit.code).filter((code) => !copied.has(code)) ??
          [],
        copy: [...copied],
        title: document?.title ?? '',
        kind: document?.kind.code ?? '',
        level: document?.level.code ?? '',
        months: document?.period_months ?? null,
        urgency: document?.urgency.code ?? '',
        number: typeof number === 'string' ? null : number,
        metadata: (header?.metadata ?? {}) as Metadata,
        contact: header?.contact ?? { name: null, phone: null },
        print_quota: document?.recipients[0]?.print_quota ?? 1,
        replaces: id,
      }),
    ),
  )
}
