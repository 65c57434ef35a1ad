import type { CheckedAction } from '@/api/filings'
import type { ApiProblem } from '@/api/problem'
import type { FilingRow, Refusal } from '@/api/types'

export type BatchAction = CheckedAction

/** A filing that stands in the way of a batch, by name. */
export interface Blocked {
  id: string
  name: string
  status: string
  reason: string
}

/** Whether the server offers the action on this row. */
export const may = (row: FilingRow, action: BatchAction): boolean => row.actions.some((entry) => entry.action === action && entry.allowed)

/** What the rows themselves say about an action; the server put it there. */
export function blockedRows(rows: FilingRow[], action: BatchAction): Blocked[] {
  return rows.flatMap((row) => {
    const found = row.actions.find((entry) => entry.action === action)
    if (found?.allowed) return []
    return [{ id: row.id, name: row.person_name, status: row.status, reason: found?.reason ?? '' }]
  })
}

/** The answer of the dry run. A filing the server does not know any more keeps the name it had here. */
export function blockedByCheck(refusals: Refusal[], rows: FilingRow[]): Blocked[] {
  return refusals.map((refusal) => ({
    id: refusal.filing_id,
    name: refusal.person_name || rows.find((row) => row.id === refusal.filing_id)?.person_name || '',
    status: refusal.status,
    reason: refusal.reason,
  }))
}

/** A refused batch: every row in the way is an error with its record. */
export function blockedByProblem(problem: ApiProblem, rows: FilingRow[]): Blocked[] {
  return problem.errors
    .filter((error) => error.record)
    .map((error) => ({
      id: error.record!.id,
      name: rows.find((row) => row.id === error.record!.id)?.person_name || error.record!.label,
      status: error.record!.status,
      reason: error.message,
    }))
}
