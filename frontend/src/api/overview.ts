import { body, client } from './client'
import type { Overview } from './types'

export async function getOverview(signal?: AbortSignal): Promise<Overview> {
  return body(await client.GET('/overview', { signal }))
}
