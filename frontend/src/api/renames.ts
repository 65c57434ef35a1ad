import { body, client } from './client'
import type { Rename, RenameListQuery, RenameOffer, RenamePage, RenameRequest, RenameRow } from './types'

export async function listRenames(query: RenameListQuery, signal?: AbortSignal): Promise<RenamePage> {
  return body(await client.GET('/renames', { params: { query }, signal }))
}

export async function getRename(id: string, signal?: AbortSignal): Promise<Rename> {
  return body(await client.GET('/renames/{id}', { params: { path: { id } }, signal }))
}

/** What a new one would say, and what stands in its way. */
export async function newRename(signal?: AbortSignal): Promise<RenameOffer> {
  return body(await client.GET('/renames/new', { signal }))
}

export async function submitRename(request: RenameRequest, key: string): Promise<RenameRow> {
  return body(await client.POST('/renames', { body: request, params: { header: { 'Idempotency-Key': key } } }))
}
