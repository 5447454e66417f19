/** Accounts and keys of the computer: a ticket is redeemed, the unit's key is made and shared. */

import { call, post } from './client'

export interface Enrolled {
  account: string
  device: string
  index: number
}

export interface UnitKey {
  epoch: number | null
  made_by: string | null
  /** Whether the authority keeps the other half. */
  escrow: boolean
  lacking: string[]
}

export interface NewEpoch {
  epoch: number
  /** Told this once. */
  code: string | null
  shared: string[]
}

export const keys = {
  enrol: (ticket: string, password: string, anew: boolean) =>
    // Nobody is signed in yet: a wrong password ends no session.
    post<Enrolled>('/enrol', { ticket, password, anew }, { own: true }),
  unitKey: () => call<UnitKey>('/unit-key'),
  makeUnitKey: (compromised: boolean) => post<NewEpoch>('/unit-key', { compromised }),
  shareUnitKey: () => post<{ shared: string[] }>('/unit-key/share'),
  leaveUnitKey: (to: string) => post<{ epochs: number[] }>('/unit-key/leave', { to }),
  recoverUnitKey: (code: string) =>
    post<{ epoch: number; drill: boolean }>('/unit-key/recover', { code }),
}
