import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Matter, WarningQuery } from '@/api/types'
import { many, oneOf, readPaging, text, writePaging, type Paging } from '@/shared/listAddress'

export const sorts = ['valid_until', '-valid_until', 'person_name', '-person_name'] as const
export type Sort = (typeof sorts)[number]

export interface ListState extends Paging {
  /** The matter chosen at sign-in, or both. */
  scope: 'this' | 'all'
  level: string[]
  situation: string[]
  profession: string
  name: string
  sort: Sort
}

export const noFilter = { scope: 'this', level: [], situation: [], profession: '', name: '' } satisfies Partial<ListState>

export function readState(query: LocationQuery): ListState {
  return {
    scope: query.matter === 'all' ? 'all' : 'this',
    level: many(query.level),
    situation: many(query.situation),
    profession: text(query.profession),
    name: text(query.name),
    sort: oneOf(sorts, query.sort),
    ...readPaging(query),
  }
}

export function writeState(state: ListState): LocationQueryRaw {
  const query: LocationQueryRaw = {}
  if (state.scope === 'all') query.matter = 'all'
  if (state.level.length > 0) query.level = state.level
  if (state.situation.length > 0) query.situation = state.situation
  if (state.profession) query.profession = state.profession
  if (state.name) query.name = state.name
  if (state.sort !== 'valid_until') query.sort = state.sort
  return { ...query, ...writePaging(state) }
}

/** The query for the server; empty members are left out. */
export function queryOf(state: ListState, matter: Matter | undefined, cursor: string): WarningQuery {
  const query: WarningQuery = { ...countedBy(state, matter), sort: state.sort }
  if (state.level.length > 0) query.level = state.level
  if (state.situation.length > 0) query.situation = state.situation
  if (state.profession) query.profession = state.profession
  if (state.limit) query.limit = state.limit
  if (cursor) query.cursor = cursor
  return query
}

/** The part of the query that the picture is counted by: what is chosen in the picture does not narrow it. */
export function countedBy(state: ListState, matter: Matter | undefined): Pick<WarningQuery, 'matter' | 'name'> {
  const query: Pick<WarningQuery, 'matter' | 'name'> = {}
  if (state.scope === 'this' && matter) query.matter = matter
  if (state.name) query.name = state.name
  return query
}

/** True when anything but the matter narrows the list. */
export function narrowed(state: ListState): boolean {
  return state.level.length > 0 || state.situation.length > 0 || state.profession !== '' || state.name !== ''
}
