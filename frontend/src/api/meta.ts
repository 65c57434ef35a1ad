import { body, client } from './client'
import type { Meta } from './types'

export async function getMeta(): Promise<Meta> {
  return body(await client.GET('/meta'))
}
