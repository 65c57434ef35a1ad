import { body, client } from './client'
import type { Versioned } from './enterprise'
import type {
  AppealCountQuery,
  AppealCounts,
  AppealDetail,
  AppealDraft,
  AppealDraftBody,
  AppealListQuery,
  AppealPage,
  AppealQuery,
  AppealReceipt,
} from './types'

export async function listAppeals(query: AppealQuery, signal?: AbortSignal): Promise<AppealPage> {
  return body(await client.GET('/appeals', { params: { query: query as AppealListQuery }, signal }))
}

export async function countAppeals(query: AppealQuery, signal?: AbortSignal): Promise<AppealCounts> {
  return body(await client.GET('/appeals/counts', { params: { query: query as AppealCountQuery }, signal }))
}

const etag = (answer: { response: Response }) => answer.response.headers.get('ETag') ?? ''

export async function getAppeal(id: string, signal?: AbortSignal): Promise<Versioned<AppealDetail>> {
  const answer = await client.GET('/appeals/{id}', { params: { path: { id } }, signal })
  return { value: body(answer), etag: etag(answer) }
}

/** 412 when somebody else's draft came first; sent again after a lost answer, the same draft does no harm. */
export async function putAppealDraft(id: string, draft: AppealDraft, seen: string): Promise<Versioned<AppealDetail>> {
  const answer = await client.PUT('/appeals/{id}/draft', {
    body: draft as AppealDraftBody,
    params: { path: { id }, header: { 'If-Match': seen } },
  })
  return { value: body(answer), etag: etag(answer) }
}

export async function submitAppeal(id: string, seen: string, key: string): Promise<AppealReceipt> {
  return body(
    await client.POST('/appeals/{id}/submit', {
      body: { confirmed: true },
      params: { path: { id }, header: { 'If-Match': seen, 'Idempotency-Key': key } },
    }),
  )
}
