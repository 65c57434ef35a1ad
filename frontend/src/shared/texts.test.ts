import { describe, expect, it } from 'vitest'
import { holdsPersonalNumber, maskPersonalNumbers } from './personalNumbers'
import { safeReturnTo } from './returnTo'

describe('holdsPersonalNumber', () => {
  it.each([
    ['an identity number', '身份证 11010119900307123X 有误', true],
    ['one written in groups', '110101 19900307 1233', true],
    ['a mobile number', '请联系13812345678', true],
    ['a certificate number', '证书 S201101234 与申请表不符', false],
    ['a qualification certificate of 22 digits', '2019034110340000001234', false],
    ['a help line', '010-88019251', false],
  ])('%s', (_, text, expected) => expect(holdsPersonalNumber(text)).toBe(expected))
})

describe('maskPersonalNumbers', () => {
  it.each([
    ['身份证 11010119900307123X，电话13812345678', '身份证 110101********123X，电话138****5678'],
    ['110101 19900307 1233 与 138-1234-5678', '110101********1233 与 138****5678'],
    ['资格证书 2019034110340000001234，咨询 010-88019251', '资格证书 2019034110340000001234，咨询 010-88019251'],
  ])('%s', (text, masked) => {
    expect(maskPersonalNumbers(text)).toBe(masked)
    expect(holdsPersonalNumber(maskPersonalNumbers(text))).toBe(false)
  })
})

describe('safeReturnTo', () => {
  it.each([
    ['/filings?status=returned#x', '/filings?status=returned#x'],
    ['//evil.example/x', '/home'],
    ['/\\evil.example', '/home'],
    ['https://evil.example/', '/home'],
    ['javascript:alert(1)', '/home'],
    ['/api/v1/session/login', '/home'],
    [['/a'], '/home'],
    [undefined, '/home'],
  ])('%j', (value, expected) => expect(safeReturnTo(value, '/home')).toBe(expected))
})
