import { body, client } from './client'
import type { EnterpriseGrant, GrantBody, GrantDetail, GrantPage, GrantState, IntegratorList } from './types'

export async function listGrants(query: { state?: GrantState; limit?: number; cursor?: string }, signal?: AbortSignal): Promise<GrantPage> {
  return body(await client.GET('/grants', { params: { query }, signal }))
}

/** Whom rights can be given to, and for how long. */
export async function listIntegrators(signal?: AbortSignal): Promise<IntegratorList> {
  return body(await client.GET('/grants/integrators', { signal }))
}

export async function getGrant(id: string, signal?: AbortSignal): Promise<GrantDetail> {
  return body(await client.GET('/grants/{id}', { params: { path: { id } }, signal }))
}

export async function giveGrant(asked: GrantBody, key: string): Promise<EnterpriseGrant> {
  return body(await client.POST('/grants', { body: asked, params: { header: { 'Idempotency-Key': key } } }))
}

export async function revokeGrant(id: string): Promise<EnterpriseGrant> {
  return body(await client.DELETE('/grants/{id}', { params: { path: { id } } }))
}
