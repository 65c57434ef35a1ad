import { body, client } from './client'
import type {
  CheckAnswer,
  FilingCountQuery,
  FilingCounts,
  FilingDetail,
  FilingFilter,
  FilingListQuery,
  FilingPage,
  FilingQuery,
  FilingSearchBody,
  ReturnAnswer,
  Revealed,
  SubmitAnswer,
  WithdrawalAnswer,
} from './types'

/** An ID number may not stand in a URL, so asking for one goes by POST. */
export async function listFilings(query: FilingQuery, idNumber: string, signal?: AbortSignal): Promise<FilingPage> {
  if (idNumber) {
    return body(await client.POST('/filings/search', { body: { ...query, id_number: idNumber } as FilingSearchBody, signal }))
  }
  return body(await client.GET('/filings', { params: { query: query as FilingListQuery }, signal }))
}

export async function countFilings(filter: FilingFilter, signal?: AbortSignal): Promise<FilingCounts> {
  return body(await client.GET('/filings/counts', { params: { query: filter as FilingCountQuery }, signal }))
}

export async function getFiling(id: string, signal?: AbortSignal): Promise<FilingDetail> {
  return body(await client.GET('/filings/{id}', { params: { path: { id } }, signal }))
}

export async function revealFiling(id: string, reason: string): Promise<Revealed> {
  return body(await client.POST('/filings/{id}/reveal', { params: { path: { id } }, body: { reason } }))
}

export type CheckedAction = 'submit' | 'return' | 'supplement' | 'agree_withdrawal' | 'decline_withdrawal'

/** The dry run: what would be refused, by name, with nothing changed. */
export async function checkFilings(action: CheckedAction, ids: string[]): Promise<CheckAnswer> {
  return body(await client.POST('/filings/check', { body: { action, filing_ids: ids } }))
}

export interface SubmitRequest {
  commitment_id: string
  filing_ids: string[]
  agreed: boolean
}

export async function submitFilings(request: SubmitRequest, key: string): Promise<SubmitAnswer> {
  return body(
    await client.POST('/filings/submit', { body: request, params: { header: { 'Idempotency-Key': key } } }),
  )
}

export interface ReturnRequest {
  filing_ids: string[]
  reason: string
}

export async function returnFilings(request: ReturnRequest, key: string): Promise<ReturnAnswer> {
  return body(
    await client.POST('/filings/return', { body: request, params: { header: { 'Idempotency-Key': key } } }),
  )
}

export async function agreeWithdrawal(request: { filing_ids: string[] }, key: string): Promise<WithdrawalAnswer> {
  return body(await client.POST('/filings/agree-withdrawal', { body: request, params: { header: { 'Idempotency-Key': key } } }))
}

export async function declineWithdrawal(request: ReturnRequest, key: string): Promise<WithdrawalAnswer> {
  return body(await client.POST('/filings/decline-withdrawal', { body: request, params: { header: { 'Idempotency-Key': key } } }))
}
