import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Matter, RegistrantFilter, RegistrantQuery } from '@/api/types'
import { day, many, oneOf, readPaging, text, writePaging, type Paging } from '@/shared/listAddress'

export const sorts = [
  'valid_until',
  '-valid_until',
  'person_name',
  '-person_name',
  '-registered_at',
  'registered_at',
  'certificate_number',
  '-certificate_number',
] as const
export type Sort = (typeof sorts)[number]

/** What the list shows. An ID number is not part of it, since all of this stands in the address. */
export interface ListState extends Paging {
  /** The matter chosen at sign-in, or both. */
  scope: 'this' | 'all'
  status: string[]
  profession: string
  name: string
  certificate_number: string
  valid_until_from: string
  valid_until_to: string
  sort: Sort
}

export const noFilter = {
  scope: 'this',
  status: [],
  profession: '',
  name: '',
  certificate_number: '',
  valid_until_from: '',
  valid_until_to: '',
} satisfies Partial<ListState>

const fields = ['profession', 'name', 'certificate_number', 'valid_until_from', 'valid_until_to'] as const

export function readState(query: LocationQuery): ListState {
  return {
    scope: query.matter === 'all' ? 'all' : 'this',
    status: many(query.status),
    profession: text(query.profession),
    name: text(query.name),
    certificate_number: text(query.certificate_number),
    valid_until_from: day(query.valid_until_from),
    valid_until_to: day(query.valid_until_to),
    sort: oneOf(sorts, query.sort),
    ...readPaging(query),
  }
}

export function writeState(state: ListState): LocationQueryRaw {
  const query: LocationQueryRaw = {}
  if (state.scope === 'all') query.matter = 'all'
  if (state.status.length > 0) query.status = state.status
  for (const field of fields) {
    if (state[field]) query[field] = state[field]
  }
  if (state.sort !== sorts[0]) query.sort = state.sort
  return { ...query, ...writePaging(state) }
}

/** The filter for the server; empty members are left out. */
export function filterOf(state: ListState, matter: Matter | undefined): RegistrantFilter {
  const filter: RegistrantFilter = {}
  if (state.scope === 'this' && matter) filter.matter = matter
  if (state.status.length > 0) filter.status = state.status
  for (const field of fields) {
    if (state[field]) filter[field] = state[field]
  }
  return filter
}

export function queryOf(state: ListState, matter: Matter | undefined, cursor: string): RegistrantQuery {
  const query: RegistrantQuery = { ...filterOf(state, matter), sort: state.sort }
  if (state.limit) query.limit = state.limit
  if (cursor) query.cursor = cursor
  return query
}

/** True when anything but the matter narrows the list. */
export function narrowed(state: ListState): boolean {
  return Object.keys(filterOf(state, undefined)).length > 0
}
