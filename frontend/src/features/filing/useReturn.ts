import { returnFilings } from '@/api/filings'
import type { FilingRow, ReturnAnswer } from '@/api/types'
import { useReasoned } from '@/shared/useReasoned'
import { blockedByProblem } from './refusals'

/** Returning filings to the person, with a reason (manual 3.2.3). */
export const useReturn = (done: (answer: ReturnAnswer, rows: FilingRow[]) => void) =>
  useReasoned({
    send: (rows: FilingRow[], reason, key) => returnFilings({ filing_ids: rows.map((row) => row.id), reason }, key),
    done,
    refused: blockedByProblem,
  })
