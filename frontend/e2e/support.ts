import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Locator, type Page, type TestInfo } from '@playwright/test'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the stand-in of the national login listens; `devstack run` says so. */
export const loginURL = process.env.ZHUCE_LOGIN_URL ?? 'http://localhost:8090'

/** The demo firms (internal/standin/demo). */
export const password = 'Zhuce2026!'
export const firms = {
  design: 'huayu', // medium, every kind of filing
  unqualified: 'xinzhu', // pre-registrations
  fresh: 'chuanzhu', // never saved its basic information
  rich: 'shencheng',
  survey: 'lingnan',
  renamed: 'zhengxin', // another name at the login
  renaming: 'jiansheng', // the same, with nothing open; nobody else's spec uses it
} as const

export type Matter = 'architects' | 'engineers'

/** Fills in the login page of the stand-in, with the right captcha unless another is given. */
export async function fillLogin(page: Page, user: string, secret = password, captcha?: string) {
  const id = await page.locator('input[name=captcha_id]').inputValue()
  const answer = captcha ?? (await (await page.request.get(`${loginURL}/control/captcha/${id}`)).json()).answer
  await page.locator('#username').fill(user)
  await page.locator('#password').fill(secret)
  await page.locator('#captcha').fill(answer)
  await page.locator('#login').click()
}

/** Registers a legal person at the national login (manual 2.1) and stays at its last page. */
export async function registerFirm(page: Page, firm: { name: string; code: string; user: string }) {
  await page.goto('/')
  await page.getByRole('link', { name: '去登录页注册' }).click()
  await page.waitForURL(`${loginURL}/**`)
  await page.locator('#register').click()
  await page.locator('#name').fill(firm.name)
  await page.locator('#credit_code').fill(firm.code)
  await page.locator('#legal_representative').fill('唐建')
  await page.locator('#phone').fill('13800138066')
  await page.locator('#username').fill(firm.user)
  await page.locator('#password').fill(password)
  await page.locator('#password2').fill(password)
  const id = await page.locator('input[name=captcha_id]').inputValue()
  await page.locator('#captcha').fill((await (await page.request.get(`${loginURL}/control/captcha/${id}`)).json()).answer)
  await page.locator('#submit').click()
  await page.waitForURL(`${loginURL}/registered**`)
}

/** The whole way in: portal, matter, login, back. */
export async function signIn(page: Page, user: string, matter: Matter = 'engineers') {
  await page.goto('/')
  await page.getByTestId(`matter-${matter}`).click()
  await page.waitForURL(`${loginURL}/**`)
  await fillLogin(page, user)
  await page.waitForURL('**/enterprise')
  await expect(page.getByRole('heading', { level: 1, name: '企业基本信息' })).toBeVisible()
}

/** Moves the product's clock, and the browser's with it where one is installed. */
export async function advance(page: Page, seconds: number) {
  const moved = await page.request.post(`${loginURL}/control/clock`, { data: { advance_seconds: seconds } })
  expect(moved.ok()).toBeTruthy()
}

/** Keeps a picture of the page, to be looked at. */
export async function picture(page: Page, info: TestInfo, name: string) {
  await page.screenshot({ path: `test-results/pictures/${info.project.name}-${name}.png`, fullPage: true, animations: 'disabled' })
}

/**
 * A picture for the user manual (docs/manual.zh-CN.md), which names it; docstest compares the two. Taken at
 * desktop width alone; of a part of the page where the whole shows too much. `make pictures` keeps them in docs/pictures.
 */
export async function figure(page: Page, name: string, part?: Locator) {
  if ((page.viewportSize()?.width ?? 0) < 1000) return
  const path = `test-results/figures/${name}.png`
  const fullPage = !(await page.getByRole('dialog').first().isVisible()) // a dialog covers the window, not the page
  // A long list shows how it begins: nobody reads a picture of nine screens.
  const { width, height } = await page.evaluate(() => ({ width: window.innerWidth, height: Math.min(document.documentElement.scrollHeight, 1500) }))
  if (part) await part.screenshot({ path, animations: 'disabled', caret: 'hide' })
  else await page.screenshot({ path, fullPage, clip: fullPage ? { x: 0, y: 0, width, height } : undefined, animations: 'disabled', caret: 'hide' })
  const kept = process.env.ZHUCE_FIGURES
  if (!kept) return
  await mkdir(kept, { recursive: true })
  await copyFile(path, join(kept, `${name}.png`))
}

/** WCAG 2.2 A and AA: nothing may be found. */
export async function accessible(page: Page, what: string) {
  await page.evaluate(() => window.scrollTo(0, 0)) // what has scrolled under the header is no small target
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  const lines = found.violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.join(' ')}`))
  expect(lines, `axe on ${what}`).toEqual([])
}
