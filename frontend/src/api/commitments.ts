import { body, client } from './client'
import type { Commitment, Receipt } from './types'

export async function openCommitment(filingIds: string[], key: string): Promise<Commitment> {
  return body(
    await client.POST('/commitments', {
      body: { filing_ids: filingIds },
      params: { header: { 'Idempotency-Key': key } },
    }),
  )
}

export async function getCommitment(id: string): Promise<Commitment> {
  return body(await client.GET('/commitments/{id}', { params: { path: { id } } }))
}

export async function getReceipt(id: string): Promise<Receipt> {
  return body(await client.GET('/commitments/{id}/receipt', { params: { path: { id } } }))
}
