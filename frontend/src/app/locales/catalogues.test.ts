import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import en from './en'
import zh from './zh-CN'

function keys(value: unknown, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix]
  return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) => keys(inner, prefix ? `${prefix}.${key}` : key))
}

function at(catalogue: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((inner, part) => (inner as Record<string, unknown> | undefined)?.[part], catalogue)
}

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(vue|ts)$/.test(file) && !/\.test\.ts$/.test(file))
  .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(join('src', file), 'utf8') }))
const code = sources.filter(({ file }) => !file.startsWith('app/locales/') && file !== 'api/schema.d.ts')

describe('catalogues', () => {
  it('have the same keys', () => {
    expect(keys(en).sort()).toEqual(keys(zh).sort())
  })

  it('use the same placeholders in both languages', () => {
    const uneven = keys(zh).filter(
      (key) => placeholders(at(zh, key) as string).join() !== placeholders(at(en, key) as string).join(),
    )
    expect(uneven).toEqual([])
  })

  it('leave nothing empty and no Chinese in the English one', () => {
    const han = /\p{Script=Han}/u
    const allowed = new Set(['shell.language', 'shell.languageLabel']) // the switch is labelled in the other language
    expect(keys(en).filter((key) => !at(en, key) || (han.test(at(en, key) as string) && !allowed.has(key)))).toEqual([])
    expect(keys(zh).filter((key) => !at(zh, key))).toEqual([])
  })

  it('hold every key that the code names', () => {
    const missing = code.flatMap(({ file, text }) =>
      [...text.matchAll(/(?:\$t|\bt|\btitle:)\(?\s*'([a-z][\w]*(?:\.[\w-]+)+)'/g)]
        .map((found) => found[1]!)
        .filter((key) => typeof at(zh, key) !== 'string')
        .map((key) => `${file}: ${key}`),
    )
    expect(missing).toEqual([])
  })

  it('hold every text: no Chinese stands anywhere else', () => {
    const found = code.flatMap(({ file, text }) =>
      text.split('\n').flatMap((line, i) => (/[\p{Script=Han}，。：；！？「」“”]/u.test(line) ? [`${file}:${i + 1}`] : [])),
    )
    expect(found).toEqual([])
  })
})
