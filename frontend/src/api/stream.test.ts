import { describe, expect, it } from 'vitest'
import { parser, type StreamEvent } from './stream'

function parsed(...pieces: string[]): StreamEvent[] {
  const events: StreamEvent[] = []
  const parse = parser((event) => events.push(event))
  pieces.forEach(parse)
  return events
}

const text = ': beat\n\nid: 1.-0.0\nevent: message\ndata: {"title":"a: b"}\n\nid: 2.-0.0\nevent: unread\ndata: {}\n\n'

describe('the parser of events', () => {
  it('gives out whole events and no comments', () => {
    expect(parsed(text)).toEqual([
      { id: '1.-0.0', name: 'message', data: '{"title":"a: b"}' },
      { id: '2.-0.0', name: 'unread', data: '{}' },
    ])
  })

  it('does not care where the text is cut', () => {
    for (let at = 0; at <= text.length; at++) expect(parsed(text.slice(0, at), text.slice(at))).toEqual(parsed(text))
    expect(parsed(...text)).toEqual(parsed(text))
  })

  it('gives nothing of an event that is not whole yet', () => {
    expect(parsed('id: 1\nevent: message\ndata: {}\n')).toEqual([])
  })
})
