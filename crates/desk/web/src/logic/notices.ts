/** Which notices are shown to whom: the unit's feed has those of everybody. */

import type { Notice } from '../api/events'
import type { Coded } from '../api/types'

/** The role that each audience is. */
const ROLE: Readonly<Record<string, string>> = {
  senders: 'send',
  approvers: 'approve',
  custodians: 'seal',
  receivers: 'receive',
  manager: 'manage',
  authority: 'authority',
}

/** Whether somebody with these roles has to do with it. An audience that a later version has is
 * everybody's; what was merely recorded is nobody's. */
export function concerns(notice: Pick<Notice, 'kind' | 'for'>, roles: readonly Coded[]): boolean {
  const role = ROLE[notice.for.code]
  if (notice.kind === 'recorded') return false
  return role === undefined || roles.some((one) => one.code === role)
}
