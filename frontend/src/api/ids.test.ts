import { describe, expect, it } from 'vitest'
import { Intent } from './ids'

describe('Intent', () => {
  it('keeps its key for the same body, so that pressing twice is one thing', () => {
    const intent = new Intent()
    expect(intent.keyFor({ a: 1 })).toBe(intent.keyFor({ a: 1 }))
  })

  it('takes a new key for another body, and after it is settled', () => {
    const intent = new Intent()
    const first = intent.keyFor({ a: 1 })
    const second = intent.keyFor({ a: 2 })
    expect(second).not.toBe(first)
    intent.settle()
    expect(intent.keyFor({ a: 2 })).not.toBe(second)
  })
})
