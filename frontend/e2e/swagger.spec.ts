import { expect, test, type Locator, type Page } from '@playwright/test'
import { firms, signIn } from './support'

/** Sends an operation as a tester does: unfold, Execute, and look at what came. */
async function execute(page: Page, tag: string, operation: string): Promise<Locator> {
  const block = page.locator(`#operations-${tag}-${operation}`)
  await block.locator('.opblock-summary-control').click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const answer = block.locator('.live-responses-table .response').first()
  await expect(answer).toBeVisible()
  return answer
}

test.describe('Swagger UI', () => {
  test('an enterprise that is signed in uses its session’s token', async ({ page }) => {
    await signIn(page, firms.design)
    await page.goto('/swagger/')
    await expect(page.locator('#who')).toContainText('已登录')
    const answer = await execute(page, 'session', 'getSession')
    await expect(answer.locator('.response-col_status')).toContainText('200')
    await expect(answer).toContainText('华宇')
  })

  test('another system authorizes by client credentials', async ({ page }) => {
    await page.goto('/swagger/')
    await expect(page.locator('#who')).toContainText('client_id')
    const refused = await execute(page, 'exchange', 'listDesk')
    await expect(refused.locator('.response-col_status')).toContainText('401')

    await page.getByRole('button', { name: 'Authorize' }).first().click()
    const dialog = page.locator('.dialog-ux .modal-ux')
    const oauth = dialog.locator('.auth-container').filter({ hasText: 'OAuth2' })
    await oauth.getByLabel('client_id').fill('demo-province')
    await oauth.getByLabel('client_secret').fill('demo-province-secret-for-development')
    await oauth.getByText('filings:read', { exact: true }).click()
    await oauth.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click()
    await expect(oauth.getByRole('button', { name: /Logout|Remove/ })).toBeVisible()
    await dialog.locator('.close-modal').click()

    const block = page.locator('#operations-exchange-listDesk')
    await block.getByRole('button', { name: 'Execute' }).click()
    await expect(block.locator('.live-responses-table .response .response-col_status').first()).toContainText('200')
  })
})
