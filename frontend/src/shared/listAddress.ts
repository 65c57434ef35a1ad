import type { LocationQuery, LocationQueryRaw } from 'vue-router'

// Reading a list's state out of an address, which anybody may have typed, and writing it back.

type Value = LocationQuery[string] | undefined

export const pageSizes = [10, 20, 50, 100, 200]

/** Where in the list one is. Every list's state has it. */
export interface Paging {
  /** 0 is the server's default. */
  limit: number
  page: number
  cursor: string
}

export const text = (value: Value): string => (typeof value === 'string' ? value : '')

export const day = (value: Value): string => (/^\d{4}-\d{2}-\d{2}$/.test(text(value)) ? text(value) : '')

export const many = (value: Value): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && one !== '')

/** One of the values that a list knows, or the first of them. */
export const oneOf = <T extends string>(values: readonly [T, ...T[]], value: Value): T =>
  values.find((known) => known === text(value)) ?? values[0]

export function readPaging(query: LocationQuery): Paging {
  const limit = Number(text(query.limit))
  const page = Math.floor(Number(text(query.page)))
  const cursor = text(query.cursor)
  return { limit: pageSizes.includes(limit) ? limit : 0, page: cursor && page > 1 ? page : 1, cursor }
}

/** Defaults are left out, so that addresses stay short. */
export function writePaging(state: Paging): LocationQueryRaw {
  return {
    ...(state.limit && { limit: String(state.limit) }),
    ...(state.cursor && { page: String(state.page), cursor: state.cursor }),
  }
}
