/** What a unit has to account for: tables over time, uses of seals, circulars, verified figures. */

import { address, call, type Query } from './client'
import type { UnitRef } from './types'

export type TableName = 'monthly' | 'yearly' | 'seals'
export interface ReportTable {
  title: string
  head: string[]
  rows: string[][]
  log_size: number | null
}
export interface CircularDraft {
  draft: string
  log_size: number
}
export interface FiguresCompared {
  equal: boolean
  log_size: number
  entries: number
  rows: {
    unit: UnitRef
    month: string
    equal: boolean
    differences: Record<string, string[]>
  }[]
}

export const reports = {
  table: (which: TableName, query: Query) => call<ReportTable>(`/reports/${which}`, { query }),
  export: (which: TableName, format: 'csv' | 'xlsx', query: Query) =>
    address(`/reports/${which}/export`, { ...query, format }),
  circular: (query: { from: string; to: string; below: 0 | 1; form: 'text' | 'md' }) =>
    call<CircularDraft>('/circular', { query }),
  verify: (body: { from: string; to: string }) =>
    call<FiguresCompared>('/figures/verify', { method: 'POST', body }),
}
