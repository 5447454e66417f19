/** Whose account an account is, as the directory says now; each unit is asked once. What the log
 * has is the account, which is always shown beside the name. */

import { shallowReactive } from 'vue'
import { directory } from '../api/desk'
import { request } from '../api/asked'
import type { Person } from '../api/types'
import { plain } from '../logic/show'

const known = shallowReactive(new Map<string, Person>())
const asked = new Set<string>()

const ACCOUNT = /^([0-9a-z-]+)-[a-z]+[0-9]+$/u

async function ask(unit: string) {
  if (asked.has(unit)) return
  asked.add(unit)
  const answer = await request(() => directory.people(unit))
  // Asked again another time where the desk could not say.
  if (answer.problem) asked.delete(unit)
  for (const one of answer.value?.items ?? []) known.set(one.account, one)
}

/** Has the people of an account's unit looked up; what is no account is nobody's. */
export function lookUp(account: string | null | undefined): void {
  const unit = ACCOUNT.exec(account ?? '')?.[1]
  if (unit) void ask(unit)
}

/** The name of whose account it is; `person`, where the log has one, must be the same still. */
export function nameOf(account: string | null | undefined, person?: string | null): string {
  const found = known.get(account ?? '')
  if (!found?.name || (person && found.person !== person)) return ''
  return plain(found.name)
}

export const postOf = (account: string) => plain(known.get(account)?.post)

export function forgetPeople() {
  known.clear()
  asked.clear()
}
