import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { AppealQuery } from '@/api/types'
import { day, many, oneOf, readPaging, text, writePaging, type Paging } from '@/shared/listAddress'

export const sorts = ['due_on', '-due_on', '-received_at', 'received_at', 'person_name', '-person_name'] as const
export type Sort = (typeof sorts)[number]

/** What the list shows; all of it stands in the address. */
export interface ListState extends Paging {
  state: string[]
  kind: string
  name: string
  due_from: string
  due_to: string
  /** A registrant's findings alone, as a link from elsewhere asks for. */
  registrant_id: string
  sort: Sort
}

export const noFilter = { state: [], kind: '', name: '', due_from: '', due_to: '', registrant_id: '' } satisfies Partial<ListState>

const singles = ['kind', 'name', 'due_from', 'due_to', 'registrant_id'] as const

export function readState(query: LocationQuery): ListState {
  return {
    state: many(query.state),
    kind: text(query.kind),
    name: text(query.name),
    due_from: day(query.due_from),
    due_to: day(query.due_to),
    registrant_id: text(query.registrant_id),
    sort: oneOf(sorts, query.sort),
    ...readPaging(query),
  }
}

export function writeState(state: ListState): LocationQueryRaw {
  const query: LocationQueryRaw = { ...filterOf(state) }
  if (state.sort !== sorts[0]) query.sort = state.sort
  return { ...query, ...writePaging(state) }
}

/** The filter for the server; empty members are left out. */
export function filterOf(state: ListState): AppealQuery {
  const filter: AppealQuery = {}
  if (state.state.length > 0) filter.state = state.state
  for (const field of singles) if (state[field]) filter[field] = state[field]
  return filter
}

export function queryOf(state: ListState, cursor: string): AppealQuery {
  const query: AppealQuery = { ...filterOf(state), sort: state.sort }
  if (state.limit) query.limit = state.limit
  if (cursor) query.cursor = cursor
  return query
}
