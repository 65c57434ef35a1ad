import { expect, test } from '@playwright/test'
import { accessible, firms, signIn } from './support'

// Every page of the application, and one record of every kind: WCAG 2.2 A and AA, in both languages, at both widths.
const pages = ['/home', '/enterprise', '/filings?matter=all', '/registrants?matter=all', '/warnings?matter=all', '/appeals', '/messages', '/renames',
  '/renames/new', '/exports', '/help', '/nowhere']
const records = [['/filings?matter=all', 'filing-row'], ['/registrants?matter=all', 'registrant-row'], ['/appeals', 'appeal-row']] as const

for (const language of ['zh-CN', 'en'] as const) {
  test(`axe finds nothing on any page, ${language} @phone`, async ({ page }) => {
    test.setTimeout(240_000)
    await signIn(page, firms.design)
    if (language === 'en') await page.getByTestId('language-switch').click()
    await expect(page.locator('html')).toHaveAttribute('lang', language)
    for (const path of pages) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.locator('main').getByText(/^(正在加载…|Loading…)$/)).toHaveCount(0)
      await accessible(page, `${path} in ${language}`)
    }
    for (const [path, row] of records) {
      await page.goto(path)
      await page.getByTestId(row).first().getByRole('link').first().click()
      await expect(page).not.toHaveURL(new RegExp(`${path.replace('?', '\\?')}$`))
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await accessible(page, `a record of ${path} in ${language}`)
    }
  })
}
