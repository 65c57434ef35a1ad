import { expect, test } from '@playwright/test'
import { deliver } from './exchange'
import { accessible, figure, fillLogin, firms, picture, registerFirm, signIn } from './support'

test.describe('home', () => {
  test('each number is that of its list @phone', async ({ page }, info) => {
    await deliver(page.request, { firm: 'huayu' })
    await signIn(page, firms.design)
    await page.goto('/home')
    await expect(page.getByRole('heading', { level: 1, name: '首页' })).toBeVisible()
    await expect(page.getByTestId('todo-to_submit')).toBeVisible()
    await picture(page, info, 'home')
    await figure(page, 'home')
    await accessible(page, 'home')
    const count = await page.locator('[data-testid^=todo-]').count()
    for (let i = 0; i < count; i++) {
      const entry = page.locator('[data-testid^=todo-]').nth(i)
      const number = (await entry.locator('.count').innerText()).trim()
      await entry.getByRole('link').click()
      await expect(page.getByText(`共 ${number} `).first()).toBeVisible()
      await page.goto('/home')
      await expect(page.getByTestId('todo-to_submit')).toBeVisible()
    }
    await page.goto('/filings')
    await page.getByRole('link', { name: /执业资格注册申报系统/ }).click() // the brand leads home
    await page.waitForURL('**/home')
  })

  test('who has saved nothing is shown the first tasks', async ({ page }, info) => {
    const firm = { name: '成都新启勘察设计有限公司', code: '915101072026888866', user: 'xinqi' } // another spec saves for the demo's
    await registerFirm(page, firm)
    await page.locator('#to-login').click()
    await fillLogin(page, firm.user)
    await page.waitForURL('**/enterprise')
    await page.goto('/home')
    await expect(page.getByRole('link', { name: '填写企业基本信息' })).toBeVisible()
    await picture(page, info, 'home-first')
    await accessible(page, 'home at the first visit')
  })

  test('in English @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.getByTestId('language-switch').click()
    await page.goto('/home')
    await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
    await expect(page.getByTestId('todo-to_submit')).toBeVisible()
    await picture(page, info, 'home-en')
    await accessible(page, 'home in English')
  })
})
