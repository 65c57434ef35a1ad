// Stands in for the file that `npm run gen` writes from the OpenAPI document.
import type * as T from './types'

interface Json<B> {
  headers: Record<string, unknown>
  content: { 'application/json': B }
}
interface Op<Ok, Body = never, Query = never, Path = never, Header = { 'Idempotency-Key'?: string; 'If-Match'?: string }> {
  parameters: { query?: Query; header?: Header; cookie?: never } & ([Path] extends [never] ? { path?: never } : { path: Path })
  requestBody?: [Body] extends [never] ? never : { content: { 'application/json': Body } }
  responses: { 200: Json<Ok>; default: { headers: Record<string, unknown>; content: { 'application/problem+json': T.Problem } } }
}
interface Item<M> {
  parameters: { query?: never; header?: never; path?: never; cookie?: never }
  get: M extends { get: infer X } ? X : never
  put: M extends { put: infer X } ? X : never
  post: M extends { post: infer X } ? X : never
  delete: M extends { delete: infer X } ? X : never
}
type Get<Ok, Q = never, P = never> = Item<{ get: Op<Ok, never, Q, P> }>
type Post<Ok, B = never, P = never> = Item<{ post: Op<Ok, B, never, P> }>

export interface paths {
  '/meta': Get<T.Meta>
  '/session': Item<{ get: Op<T.Session>; delete: Op<{ end_session_url: string }> }>
  '/session/matter': Item<{ put: Op<T.Session, { matter: string }> }>
  '/enterprises/current': Item<{ get: Op<T.Enterprise>; put: Op<T.Enterprise, T.EnterpriseForm> }>
  '/filings': Get<T.FilingPage, T.FilingQuery>
  '/filings/search': Post<T.FilingPage, T.FilingQuery & { id_number: string }>
  '/filings/counts': Get<T.FilingCounts, T.FilingFilter>
  '/filings/{id}': Get<T.FilingDetail, never, { id: string }>
  '/filings/{id}/reveal': Post<T.Revealed, { reason: string }, { id: string }>
  '/filings/check': Post<T.CheckAnswer, { action: 'submit' | 'return'; filing_ids: string[] }>
  '/filings/submit': Post<T.SubmitAnswer, { commitment_id: string; filing_ids: string[]; agreed: boolean }>
  '/filings/return': Post<T.ReturnAnswer, { filing_ids: string[]; reason: string }>
  '/commitments': Post<T.Commitment, { filing_ids: string[] }>
  '/commitments/{id}': Get<T.Commitment, never, { id: string }>
  '/commitments/{id}/receipt': Get<T.Receipt, never, { id: string }>
}
