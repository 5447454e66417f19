/** Holds `types.ts` against the desk's own description, `docs/openapi.json`, while types are
 * checked; `npm run check` makes `openapi.gen.ts` of it first. Nothing of this is in the pages. */

import type { components, paths } from './openapi.gen'
import type { acts } from './desk'
import type { Asking, OnPaper } from './printing'
import type * as A from './authority'
import type * as E from './evidence'
import type * as Reports from './reports'
import type * as Together from './together'
import type * as T from './types'

type Desk = components['schemas']

/** A type with its closed lists widened, and every field present: the description says which words
 * a field is made of only in its text, and the desk writes `null` where there is nothing. */
type Loose<X> = X extends string
  ? string
  : X extends number
    ? number
    : X extends boolean
      ? boolean
      : X extends readonly (infer Each)[]
        ? Loose<Each>[]
        : X extends object
          ? { [Field in keyof X]-?: Loose<Exclude<X[Field], undefined>> }
          : X

/** What the desk answers is at least what a page reads. */
type Answers<Read, Told extends Loose<Read>> = [Read, Told]
/** What a page sends is what the desk takes, which refuses fields that it does not know. */
type Takes<Taken, Sent extends Taken & Record<Exclude<keyof Sent, keyof Taken>, never>> = [
  Taken,
  Sent,
]
/** What an act of `desk.ts` sends. */
type Said<Act extends keyof typeof acts, Place extends number> = Parameters<
  (typeof acts)[Act]
>[Place & keyof Parameters<(typeof acts)[Act]>]

export type Contract = [
  Answers<T.SessionState, Loose<Desk['SessionState']>>,
  Answers<T.Me, Loose<Desk['Me']>>,
  Answers<T.DeskState, Loose<Desk['DeskState']>>,
  Answers<T.Words, Loose<Desk['Words']>>,
  Answers<Asking, Loose<Desk['Asking']>>,
  Answers<OnPaper, Loose<Desk['Found']>>,
  Answers<T.WorkItem, Loose<Desk['WorkItem']>>,
  Answers<{ units: T.Unit[] }, Loose<Desk['Directory']>>,
  Answers<T.Items<T.Person>, Loose<Desk['Items_Somebody']>>,
  Answers<T.Items<T.Group>, Loose<Desk['Groups']>>,
  Answers<Omit<T.DeskFile, 'inspection' | 'missing'>, Loose<Desk['File']>>,
  Answers<T.KeptDraft, Loose<Desk['Listed']>>,
  Answers<T.Checked, Loose<Desk['Checked']>>,
  Answers<T.Composed, Loose<Desk['Composed']>>,
  Answers<T.Outgoing, Loose<Desk['Outgoing']>>,
  Answers<T.Line, Loose<Desk['Line']>>,
  Answers<T.Document, Loose<Desk['Whole']>>,
  Answers<T.Happening, Loose<Desk['Happened']>>,
  Answers<
    { to_declare: string[]; departures: T.Departure[]; parts: { index: number; name: string }[] },
    Loose<Reply<'/api/v1/documents/{id}/inspection', 'get'>>
  >,
  Answers<
    T.Recorded & { deliveries: T.Delivery[] },
    Loose<Reply<'/api/v1/documents/{id}/inquire', 'post'>>
  >,
  Answers<T.Differences, Loose<Desk['Differences']>>,
  Answers<T.Proposal, Loose<Desk['Proposed']>>,
  Answers<T.Received, Loose<Desk['Received']>>,
  Answers<T.Call, Loose<Desk['Called']>>,
  Answers<T.NumberTaken, Loose<Desk['NumberGiven']>>,
  Answers<T.Figures, Loose<Desk['Figures']>>,
  Answers<T.AuditLine, Loose<Desk['AuditLine']>>,
  Answers<T.Settings, Loose<Desk['Settings']>>,
  Answers<{ clean: T.UnitRef[]; noticed: T.UnitRef[] }, Loose<Desk['Recalled']>>,
  Answers<A.AuthorityState, Loose<Desk['AuthorityState']>>,
  Answers<A.AuthorityAct, Loose<Desk['Act']>>,
  Answers<A.SignedActs, Loose<Desk['Signed']>>,
  Answers<A.SealJudged, Loose<Desk['SealJudged']>>,
  Answers<A.Rules, Loose<Desk['Rules']>>,
  Answers<A.ListJudged, Loose<Desk['ListJudged']>>,
  Answers<A.Submissions, Loose<Desk['Submissions']>>,
  Takes<Desk['Planned'], A.Planned>,
  Takes<Desk['SealAsked'], A.SealAsked>,
  Takes<Desk['SealIssued'], A.SealEntered & { password: string }>,
  Takes<Desk['Rules'], A.Rules>,
  Takes<Desk['UnitsListed'], A.UnitsListed>,
  Answers<Together.Assignment, Loose<Desk['Assignment']>>,
  Answers<Together.Replies, Loose<Desk['Replies']>>,
  Answers<Together.Delegation, Loose<Desk['DelegationLine']>>,
  Answers<Together.HandOver, Loose<Desk['HandOver']>>,
  Answers<Together.HandOverText, Loose<Desk['HandOverText']>>,
  Answers<Together.GivenDraft, Loose<Desk['GivenDraft']>>,
  Answers<Together.WaitingSeal, Loose<Desk['WaitingSeal']>>,
  Answers<Together.Application, Loose<Desk['ApplicationLine']>>,
  Answers<Together.Duty, Loose<Desk['Duty']>>,
  Answers<E.Verified, Loose<Desk['Verified']>>,
  Answers<Reports.ReportTable, Loose<Desk['ReportTable']>>,
  Answers<Reports.CircularDraft, Loose<Desk['CircularDraft']>>,
  Answers<Reports.FiguresCompared, Loose<Desk['FiguresCompared']>>,
  Takes<Desk['DutyRoster'], Together.DutyRoster>,
  Takes<Desk['Draft'], T.Draft>,
  Takes<Desk['Elements'], T.Metadata>,
  Takes<Desk['Groups'], T.Items<T.Group>>,
  Takes<Desk['Seal'], Said<'seal', 1>>,
  Takes<Desk['Seal'], Said<'proposal', 1>>,
  Takes<Desk['Call'], Said<'contact', 1>>,
  Takes<Desk['Recall'], Said<'recall', 1>>,
  Takes<Desk['Supplement'], Said<'supplement', 1>>,
]

type Reply<Path extends keyof paths, Method extends 'get' | 'post'> = paths[Path][Method] extends {
  responses: { 200: { content: { 'application/json': infer Body } } }
}
  ? Body
  : never
