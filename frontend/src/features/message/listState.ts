import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { MessageQuery } from '@/api/messages'
import type { MessageKind } from '@/api/types'
import { readPaging, text, writePaging, type Paging } from '@/shared/listAddress'

export interface ListState extends Paging {
  /** '' for all. */
  kind: MessageKind | ''
  unread: boolean
}

export function readState(query: LocationQuery): ListState {
  return { kind: text(query.kind) as ListState['kind'], unread: text(query.unread) === 'true', ...readPaging(query) }
}

export function writeState(state: ListState): LocationQueryRaw {
  return { ...(state.kind && { kind: state.kind }), ...(state.unread && { unread: 'true' }), ...writePaging(state) }
}

export function queryOf(state: ListState, cursor: string): MessageQuery {
  return {
    ...(state.kind && { kind: state.kind }),
    ...(state.unread && { unread: true }),
    ...(state.limit && { limit: state.limit }),
    ...(cursor && { cursor }),
  }
}

/** Where a message leads to: the page of the record that it speaks of. A record without a page has no link. */
export function pageOf(type: string | null, id: string | null): string {
  if (!type || !id) return ''
  switch (type) {
    case 'filing':
      return `/filings/${id}`
    case 'registrant':
      return `/registrants/${id}`
    case 'appeal':
      return `/appeals/${id}`
    case 'warning':
      return '/warnings'
    case 'rename':
      return '/renames'
    case 'export':
      return '/exports'
    case 'grant':
      return '/grants'
    case 'enterprise':
      return '/enterprise'
    default:
      return ''
  }
}
