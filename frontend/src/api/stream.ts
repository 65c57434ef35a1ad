// Server-sent events, read with fetch: EventSource cannot send a token, and one in an address ends up in logs.
import { base } from './access'
import { withToken } from './client'
import { randomId } from './ids'
import { currentLanguage } from './language'
import { networkProblem, problemOf } from './problem'

export interface StreamEvent {
  id: string
  name: string
  data: string
}

/** Reads events until the stream ends; rejects when it cannot be opened or breaks. */
export async function readStream(path: string, last: string, receive: (event: StreamEvent) => void, signal: AbortSignal): Promise<void> {
  const requestId = randomId()
  const response = await withToken((token) =>
    fetch(base + path, {
      signal,
      credentials: 'same-origin',
      headers: {
        Accept: 'text/event-stream',
        'Accept-Language': currentLanguage(),
        'X-Request-Id': requestId,
        Authorization: `Bearer ${token}`,
        ...(last && { 'Last-Event-ID': last }),
      },
    }),
  )
  if (!response.ok) throw await problemOf(response, requestId)
  if (!response.body) throw networkProblem(requestId)
  const parse = parser(receive)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    parse(value)
  }
}

/** Takes pieces of text, however they are cut, and gives out whole events. */
export function parser(receive: (event: StreamEvent) => void): (piece: string) => void {
  let rest = ''
  let event: StreamEvent = { id: '', name: '', data: '' }
  return (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (event.name) receive(event)
        event = { id: '', name: '', data: '' }
        continue
      }
      const colon = line.indexOf(':')
      if (colon <= 0) continue // a comment, which only shows that the line lives
      const value = line.slice(colon + 1).replace(/^ /, '')
      const field = line.slice(0, colon)
      if (field === 'id') event.id = value
      else if (field === 'event') event.name = value
      else if (field === 'data') event.data += event.data ? `\n${value}` : value
    }
  }
}
