import { body, bytes, client } from './client'
import type { ExportAsked, ExportBody, ExportPage, ExportPreview, ExportRecord } from './types'

/** What an export would hold; nothing is written. */
export async function checkExport(asked: ExportAsked, signal?: AbortSignal): Promise<ExportPreview> {
  return body(await client.POST('/exports/check', { body: asked as ExportBody, signal }))
}

export async function startExport(asked: ExportAsked, key: string): Promise<ExportRecord> {
  return body(await client.POST('/exports', { body: asked as ExportBody, params: { header: { 'Idempotency-Key': key } } }))
}

export async function listExports(query: { limit?: number; cursor?: string }, signal?: AbortSignal): Promise<ExportPage> {
  return body(await client.GET('/exports', { params: { query }, signal }))
}

export async function getExport(id: string, signal?: AbortSignal): Promise<ExportRecord> {
  return body(await client.GET('/exports/{id}', { params: { path: { id } }, signal }))
}

/** Cancels one that is under way, removes any other. */
export async function removeExport(id: string): Promise<void> {
  await client.DELETE('/exports/{id}', { params: { path: { id } } })
}

export const exportContent = (id: string): Promise<Blob> => bytes(`/exports/${encodeURIComponent(id)}/content`)
