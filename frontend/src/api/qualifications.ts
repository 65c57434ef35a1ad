import { body, client } from './client'
import type { QualificationLookup, SupplementAnswer } from './types'

/** What the qualification register has of the enterprise, and what a supplement needs therefore. */
export async function lookUpQualification(signal?: AbortSignal): Promise<QualificationLookup> {
  return body(await client.GET('/enterprises/current/qualification-lookup', { signal }))
}

export interface SupplementRequest {
  filing_ids: string[]
  certificate_number: string
  /** The scan, where the number is typed. */
  attachment_id?: string
}

export async function supplementFilings(request: SupplementRequest, key: string): Promise<SupplementAnswer> {
  return body(
    await client.POST('/filings/supplement', { body: request, params: { header: { 'Idempotency-Key': key } } }),
  )
}
