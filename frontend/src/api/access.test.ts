import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accessToken, forgetToken, renew, replaceToken } from './access'
import { ApiProblem } from './problem'

const grant = (token: string, seconds = 600) =>
  new Response(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: seconds, expires_at: '' }), { status: 200 })

const fetching = vi.fn<typeof fetch>()

beforeEach(() => {
  forgetToken()
  fetching.mockReset()
  vi.stubGlobal('fetch', fetching)
})
afterEach(() => vi.unstubAllGlobals())

describe('access token', () => {
  it('is fetched once however many ask at the same time', async () => {
    fetching.mockResolvedValue(grant('one'))
    const tokens = await Promise.all([accessToken(), accessToken(), renew()])
    expect(tokens).toEqual(['one', 'one', 'one'])
    expect(fetching).toHaveBeenCalledTimes(1)
  })

  it('is used until shortly before its end, then renewed', async () => {
    fetching.mockResolvedValueOnce(grant('one', 600)).mockResolvedValueOnce(grant('two'))
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    await accessToken()
    clock.mockReturnValue(569_000)
    expect(await accessToken()).toBe('one')
    clock.mockReturnValue(571_000)
    expect(await accessToken()).toBe('two')
  })

  it('is not renewed again for a request that failed with an older one', async () => {
    fetching.mockResolvedValueOnce(grant('one')).mockResolvedValueOnce(grant('two'))
    await accessToken()
    expect(await replaceToken('one')).toBe('two')
    expect(await replaceToken('one')).toBe('two')
    expect(fetching).toHaveBeenCalledTimes(2)
  })

  it('tells the reason when nobody is signed in, and asks again next time', async () => {
    fetching.mockResolvedValueOnce(new Response('{"code":"session.none"}', { status: 401 })).mockResolvedValueOnce(grant('one'))
    await expect(accessToken()).rejects.toMatchObject({ status: 401, code: 'session.none' })
    expect(await accessToken()).toBe('one')
  })

  it('does not come back after signing out while it was under way', async () => {
    let answer: (response: Response) => void = () => {}
    fetching.mockReturnValueOnce(new Promise((resolve) => (answer = resolve))).mockResolvedValueOnce(grant('two'))
    const late = accessToken()
    await vi.waitFor(() => expect(fetching).toHaveBeenCalled())
    forgetToken()
    answer(grant('one'))
    await expect(late).rejects.toBeInstanceOf(ApiProblem)
    expect(await accessToken()).toBe('two')
  })
})
