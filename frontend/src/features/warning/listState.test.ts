import { describe, expect, it } from 'vitest'
import { countedBy, narrowed, queryOf, readState, writeState } from './listState'

const all = {
  matter: 'all',
  level: ['urgent', 'expired'],
  situation: ['nothing_filed'],
  profession: 'structural_1',
  name: 'x',
  sort: '-person_name',
  limit: '50',
  page: '3',
  cursor: 'abc',
}

describe('list state', () => {
  it('comes back from the address as it went in, and leaves defaults out', () => {
    expect(writeState(readState(all))).toEqual(all)
    expect(writeState(readState({}))).toEqual({})
  })

  it('ignores what is no value', () => {
    expect(readState({ sort: 'id', limit: '7', page: '-1', level: [null, 'near'] })).toMatchObject({ sort: 'valid_until', limit: 0, page: 1, level: ['near'] })
  })

  it('asks the server for the whole of it', () => {
    expect(queryOf(readState(all), 'engineers', 'c')).toEqual({
      level: ['urgent', 'expired'],
      situation: ['nothing_filed'],
      profession: 'structural_1',
      name: 'x',
      sort: '-person_name',
      limit: 50,
      cursor: 'c',
    })
  })

  it('counts the picture by matter and name alone', () => {
    expect(countedBy(readState(all), 'engineers')).toEqual({ name: 'x' })
    expect(countedBy(readState({ level: 'near' }), 'architects')).toEqual({ matter: 'architects' })
  })

  it('knows whether anything narrows the list', () => {
    expect(narrowed(readState({ matter: 'all' }))).toBe(false)
    expect(narrowed(readState({ level: 'near' }))).toBe(true)
  })
})
