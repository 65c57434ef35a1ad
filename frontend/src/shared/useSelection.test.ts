import { describe, expect, it } from 'vitest'
import { useSelection } from './useSelection'

const row = (id: string, version = 1) => ({ id, version })

describe('useSelection', () => {
  it('outlives the page that the rows came from', () => {
    const selection = useSelection(() => 10)
    selection.add([row('a'), row('b')])
    selection.refresh([row('c'), row('d')]) // the next page
    selection.add([row('c')])
    expect(selection.ids.value).toEqual(['a', 'b', 'c'])
  })

  it('takes over what a fresh answer says of a ticked row', () => {
    const selection = useSelection(() => 10)
    selection.add([row('a', 1)])
    selection.refresh([row('a', 2), row('b', 2)])
    expect(selection.rows.value).toEqual([row('a', 2)])
  })

  it('holds no more than may be sent in one batch, and says so', () => {
    const selection = useSelection(() => 2)
    expect(selection.add([row('a'), row('b'), row('c')])).toBe(false)
    expect(selection.count.value).toBe(2)
    expect(selection.add([row('a')])).toBe(true)
  })

  it('removes and clears', () => {
    const selection = useSelection(() => 10)
    selection.add([row('a'), row('b')])
    selection.remove(['a', 'unknown'])
    expect(selection.ids.value).toEqual(['b'])
    selection.clear()
    expect(selection.count.value).toBe(0)
  })
})
