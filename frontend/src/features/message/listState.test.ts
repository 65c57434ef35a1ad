import { describe, expect, it } from 'vitest'
import { pageOf, queryOf, readState, writeState } from './listState'

describe('the list of messages', () => {
  it('stands in the address, defaults left out', () => {
    const state = readState({ kind: 'filing', unread: 'true', limit: '50', page: '2', cursor: 'c' })
    expect(writeState(state)).toEqual({ kind: 'filing', unread: 'true', limit: '50', page: '2', cursor: 'c' })
    expect(queryOf(state, state.cursor)).toEqual({ kind: 'filing', unread: true, limit: 50, cursor: 'c' })
    expect(writeState(readState({}))).toEqual({})
    expect(queryOf(readState({ unread: 'perhaps' }), '')).toEqual({})
  })

  it('leads to the record where there is a page for it', () => {
    expect(pageOf('filing', '1')).toBe('/filings/1')
    expect(pageOf('comet', '1')).toBe('')
    expect(pageOf(null, null)).toBe('')
  })
})
