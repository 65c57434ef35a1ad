import { body, client } from './client'
import type { MessageKind, MessagePage, UnreadMessages } from './types'

export interface MessageQuery {
  kind?: MessageKind
  unread?: boolean
  limit?: number
  cursor?: string
}

export async function listMessages(query: MessageQuery, signal?: AbortSignal): Promise<MessagePage> {
  return body(await client.GET('/messages', { params: { query }, signal }))
}

export async function countUnread(signal?: AbortSignal): Promise<UnreadMessages> {
  return body(await client.GET('/messages/unread', { signal }))
}

export async function markRead(ids: string[]): Promise<UnreadMessages> {
  return body(await client.POST('/messages/read', { body: { ids } }))
}

/** What came after the position stays unread: nobody has seen it yet. */
export async function markAllRead(kind: MessageKind | '', position: string): Promise<UnreadMessages> {
  return body(await client.POST('/messages/read', { body: { all: true, kind, position } }))
}
