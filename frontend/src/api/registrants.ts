import { body, client } from './client'
import type {
  RegistrantCountQuery,
  RegistrantCounts,
  RegistrantDetail,
  RegistrantFilter,
  RegistrantListQuery,
  RegistrantPage,
  RegistrantQuery,
  RegistrantSearchBody,
  Revealed,
} from './types'

/** An ID number may not stand in a URL, so asking for one goes by POST. */
export async function listRegistrants(query: RegistrantQuery, idNumber: string, signal?: AbortSignal): Promise<RegistrantPage> {
  if (idNumber) {
    return body(await client.POST('/registrants/search', { body: { ...query, id_number: idNumber } as RegistrantSearchBody, signal }))
  }
  return body(await client.GET('/registrants', { params: { query: query as RegistrantListQuery }, signal }))
}

export async function countRegistrants(filter: RegistrantFilter, signal?: AbortSignal): Promise<RegistrantCounts> {
  return body(await client.GET('/registrants/counts', { params: { query: filter as RegistrantCountQuery }, signal }))
}

export async function getRegistrant(id: string, signal?: AbortSignal): Promise<RegistrantDetail> {
  return body(await client.GET('/registrants/{id}', { params: { path: { id } }, signal }))
}

export async function revealRegistrant(id: string, reason: string): Promise<Revealed> {
  return body(await client.POST('/registrants/{id}/reveal', { params: { path: { id } }, body: { reason } }))
}
