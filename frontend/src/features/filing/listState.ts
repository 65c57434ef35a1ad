import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { FilingFilter, FilingQuery, Matter } from '@/api/types'
import { day, many, oneOf, readPaging, text, writePaging, type Paging } from '@/shared/listAddress'

export const sorts = [
  '-updated_at',
  'updated_at',
  '-delivered_at',
  'delivered_at',
  '-submitted_at',
  'submitted_at',
  'person_name',
  '-person_name',
] as const
export type Sort = (typeof sorts)[number]

/** What the list shows. An ID number is not part of it, since all of this stands in the address. */
export interface ListState extends Paging {
  /** The matter chosen at sign-in, or both. */
  scope: 'this' | 'all'
  status: string[]
  profession: string
  registration_type: string
  pre_registration: string
  withdrawal: string
  /** Only what an authority is late with. */
  overdue: boolean
  name: string
  delivered_from: string
  delivered_to: string
  submitted_from: string
  submitted_to: string
  sort: Sort
}

export const noFilter = {
  scope: 'this',
  status: [],
  profession: '',
  registration_type: '',
  pre_registration: '',
  withdrawal: '',
  overdue: false,
  name: '',
  delivered_from: '',
  delivered_to: '',
  submitted_from: '',
  submitted_to: '',
} satisfies Partial<ListState>

export function readState(query: LocationQuery): ListState {
  return {
    scope: query.matter === 'all' ? 'all' : 'this',
    status: many(query.status),
    profession: text(query.profession),
    registration_type: text(query.registration_type),
    pre_registration: text(query.pre_registration),
    withdrawal: text(query.withdrawal),
    overdue: query.overdue === 'true',
    name: text(query.name),
    delivered_from: day(query.delivered_from),
    delivered_to: day(query.delivered_to),
    submitted_from: day(query.submitted_from),
    submitted_to: day(query.submitted_to),
    sort: oneOf(sorts, query.sort),
    ...readPaging(query),
  }
}

export function writeState(state: ListState): LocationQueryRaw {
  const query: LocationQueryRaw = {}
  if (state.scope === 'all') query.matter = 'all'
  if (state.status.length > 0) query.status = state.status
  if (state.overdue) query.overdue = 'true'
  for (const field of ['profession', 'registration_type', 'pre_registration', 'withdrawal', 'name', 'delivered_from', 'delivered_to', 'submitted_from', 'submitted_to'] as const) {
    if (state[field]) query[field] = state[field]
  }
  if (state.sort !== '-updated_at') query.sort = state.sort
  return { ...query, ...writePaging(state) }
}

/** The filter for the server; empty members are left out. */
export function filterOf(state: ListState, matter: Matter | undefined): FilingFilter {
  const filter: FilingFilter = {}
  if (state.scope === 'this' && matter) filter.matter = matter
  if (state.status.length > 0) filter.status = state.status
  if (state.overdue) filter.overdue = true
  for (const field of ['profession', 'registration_type', 'pre_registration', 'withdrawal', 'name', 'delivered_from', 'delivered_to', 'submitted_from', 'submitted_to'] as const) {
    if (state[field]) filter[field] = state[field]
  }
  return filter
}

export function queryOf(state: ListState, matter: Matter | undefined, cursor: string): FilingQuery {
  const query: FilingQuery = { ...filterOf(state, matter), sort: state.sort }
  if (state.limit) query.limit = state.limit
  if (cursor) query.cursor = cursor
  return query
}

/** True when anything but the matter narrows the list. */
export function narrowed(state: ListState): boolean {
  return Object.keys(filterOf(state, undefined)).length > 0
}
