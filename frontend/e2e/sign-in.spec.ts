import { expect, test } from '@playwright/test'
import { accessible, figure, fillLogin, firms, loginURL, picture, signIn } from './support'

test.describe('signing in (manual 2.2)', () => {
  test('portal, matter, login, basic information @phone', async ({ page }, info) => {
    await page.goto('/')
    await expect(page.getByText('一级注册建筑师执业资格认定（聘用企业）')).toBeVisible()
    await expect(page.getByText('一级注册结构工程师和其他专业勘察设计注册工程师执业资格认定（聘用企业）')).toBeVisible()
    await picture(page, info, 'portal')
    await figure(page, 'portal')
    await accessible(page, 'portal')
    await page.getByTestId('matter-engineers').click()
    await page.waitForURL(`${loginURL}/**`)
    await picture(page, info, 'login')
    await figure(page, 'login')
    await accessible(page, 'login')
    await fillLogin(page, firms.design)
    await page.waitForURL('**/enterprise')
    await expect(page.getByText('北京华宇建筑设计有限公司').first()).toBeVisible()
    // Nothing that signs anybody in is left where a script or another tab could read it.
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }) + document.cookie)
    expect(kept).not.toMatch(/eyJ/)
    // A reload finds the session again by the cookie alone.
    await page.reload()
    await expect(page.getByRole('heading', { level: 1, name: '企业基本信息' })).toBeVisible()
  })

  test('a wrong captcha and a wrong password are told apart, and nothing typed is lost', async ({ page }, info) => {
    await page.goto('/')
    await page.getByTestId('matter-architects').click()
    await page.waitForURL(`${loginURL}/**`)
    await fillLogin(page, firms.design, undefined, '????')
    await expect(page.locator('#captcha-error')).toBeVisible()
    await expect(page.locator('#username')).toHaveValue(firms.design)
    await picture(page, info, 'login-wrong-captcha')
    await fillLogin(page, firms.design, 'not the password')
    await expect(page.locator('main')).toContainText('密码')
    await expect(page).toHaveURL(new RegExp(loginURL))
    await picture(page, info, 'login-wrong-password')
    await fillLogin(page, firms.design)
    await page.waitForURL('**/enterprise')
  })

  test('an account is locked after five wrong passwords, and says until when', async ({ page }, info) => {
    await page.goto('/')
    await page.getByTestId('matter-engineers').click()
    await page.waitForURL(`${loginURL}/**`)
    for (let i = 0; i < 5; i++) await fillLogin(page, firms.unqualified, `wrong-${i}`)
    await fillLogin(page, firms.unqualified)
    await expect(page.locator('main')).toContainText('锁定')
    await picture(page, info, 'login-locked')
    await page.request.delete(`${loginURL}/control/lockouts`)
  })

  test('a claim that is missing is named, with what to do', async ({ page }, info) => {
    await page.request.put(`${loginURL}/control/misbehaviour`, { data: { omit_claims: ['legal_representative'] } })
    await page.goto('/')
    await page.getByTestId('matter-engineers').click()
    await page.waitForURL(`${loginURL}/**`)
    await fillLogin(page, firms.design)
    await page.waitForURL('**/sign-in-failed**')
    await page.request.put(`${loginURL}/control/misbehaviour`, { data: {} })
    await expect(page.locator('main')).toContainText('国家政务服务平台')
    await expect(page.getByRole('listitem').filter({ hasText: '法定代表人' })).toBeVisible()
    await picture(page, info, 'sign-in-failed')
    await accessible(page, 'sign-in failed')
  })

  test('signing out ends both sessions', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.getByTestId('sign-out').click()
    await page.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
    await page.waitForURL('**/signed-out')
    await picture(page, info, 'signed-out')
    await page.goto('/filings')
    await expect(page.getByTestId('filing-row')).toHaveCount(0)
    await page.goto('/')
    await page.getByTestId('matter-engineers').click()
    await page.waitForURL(`${loginURL}/**`)
    await expect(page.locator('#username')).toBeVisible() // asked again: the login's session is over too
  })

  test('the English pages @phone', async ({ page }, info) => {
    await page.goto('/')
    await page.getByTestId('language-switch').click()
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    await picture(page, info, 'portal-en')
    await accessible(page, 'portal in English')
  })
})
