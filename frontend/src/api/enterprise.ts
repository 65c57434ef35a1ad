import { body, client } from './client'
import type { Enterprise, EnterpriseBody, EnterpriseForm } from './types'

export interface Versioned<T> {
  value: T
  etag: string
}

export async function getEnterprise(signal?: AbortSignal): Promise<Versioned<Enterprise>> {
  const answer = await client.GET('/enterprises/current', { signal })
  return { value: body(answer), etag: answer.response.headers.get('ETag') ?? '' }
}

/** 412 `request.stale` when somebody else saved since `etag` was read. */
export async function putEnterprise(form: EnterpriseForm, etag: string, key: string): Promise<Versioned<Enterprise>> {
  const answer = await client.PUT('/enterprises/current', {
    body: form as EnterpriseBody,
    params: { header: { 'If-Match': etag, 'Idempotency-Key': key } },
  })
  return { value: body(answer), etag: answer.response.headers.get('ETag') ?? '' }
}
