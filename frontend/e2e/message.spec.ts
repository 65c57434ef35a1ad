import { expect, test, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { employers, exchange } from './exchange'
import { accessible, figure, firms, picture, signIn } from './support'

const messages = (page: Page) => page.getByTestId('message')

/** An authority tells one enterprise, or all. */
async function notify(page: Page, title: string, to: Record<string, unknown>, body = '请各单位核对本单位注册人员的信息，如有变化请及时办理变更注册。') {
  await exchange(page.request, 'ministry', 'POST', '/exchange/notices', {
    notice_ref: randomUUID(),
    title,
    body,
    link: 'https://www.mohurd.gov.cn/',
    to,
  })
}

const survey = { unified_social_credit_codes: [employers.lingnan[0]] }

test.describe('my messages (manual 3.6)', () => {
  test('a message appears on the open page without reloading; read, read all @phone', async ({ page }, info) => {
    await signIn(page, firms.survey)
    await page.goto('/messages')
    await expect(page.getByRole('heading', { level: 1, name: '我的消息' })).toBeVisible()
    const first = `关于核对注册人员信息的通知（${randomUUID().slice(0, 4)}）`
    await notify(page, first, survey)
    const row = messages(page).filter({ hasText: first })
    await expect(row).toBeVisible()
    await expect(row).toContainText('未读')
    await expect(page.getByTestId('inbox')).toContainText(/\d/)
    await expect(page.locator('[aria-live=polite]')).toContainText(first)
    await picture(page, info, 'messages')
    await figure(page, 'messages')
    await accessible(page, 'messages')

    await row.getByRole('button', { name: /标为已读/ }).click()
    await expect(row).not.toContainText('未读')
    await page.getByTestId('only-unread').check()
    await expect(page).toHaveURL(/unread=true/)
    await expect(row).toHaveCount(0)
    await page.getByTestId('only-unread').uncheck()

    await notify(page, `${first}之二`, survey)
    await expect(messages(page).filter({ hasText: `${first}之二` })).toBeVisible()
    await page.getByTestId('read-all').click()
    await expect(page.getByTestId('read-all')).toBeDisabled()
    await expect(page.getByTestId('inbox')).toHaveAttribute('aria-label', '我的消息，0 条未读')
    await expect(messages(page).filter({ hasText: '未读' })).toHaveCount(0)

    await page.getByRole('button', { name: /^申辩/ }).click()
    await expect(page).toHaveURL(/kind=appeal/)
    await picture(page, info, 'messages-by-kind')
  })

  test('a notice to one enterprise is nobody else’s; the second tab knows what the first has read', async ({ page, context }, info) => {
    const title = `仅发给岭南（${randomUUID().slice(0, 4)}）`
    await signIn(page, firms.rich)
    await page.goto('/messages')
    await expect(page.getByRole('heading', { level: 1, name: '我的消息' })).toBeVisible()
    await notify(page, title, survey)
    const all = `发给全部企业（${randomUUID().slice(0, 4)}）`
    await notify(page, all, { all: true })
    await expect(messages(page).filter({ hasText: all })).toBeVisible()
    await expect(messages(page).filter({ hasText: title })).toHaveCount(0)

    const other = await context.newPage()
    await other.goto('/messages')
    await expect(messages(other).filter({ hasText: all })).toBeVisible()
    await page.getByTestId('read-all').click()
    await expect(other.getByTestId('inbox')).toHaveAttribute('aria-label', '我的消息，0 条未读')
    await notify(page, `${all}之二`, { all: true })
    await expect(messages(other).filter({ hasText: `${all}之二` })).toBeVisible() // told by the tab that holds the stream
    await page.close() // the other takes the stream over
    await notify(other, `${all}之三`, { all: true })
    await expect(messages(other).filter({ hasText: `${all}之三` })).toBeVisible({ timeout: 20_000 })
    await picture(other, info, 'messages-second-tab')
  })

  test('offline is silent, and what was missed comes once', async ({ page, context }) => {
    await signIn(page, firms.survey)
    await page.goto('/messages')
    await expect(page.getByRole('heading', { level: 1, name: '我的消息' })).toBeVisible()
    await context.setOffline(true)
    const title = `断网期间的通知（${randomUUID().slice(0, 4)}）`
    const apart = await context.request.get('/healthz').then((r) => r.ok()).catch(() => false)
    expect(apart).toBeTruthy() // the test itself is still connected
    await notify(page, title, survey)
    await context.setOffline(false)
    await expect(messages(page).filter({ hasText: title })).toHaveCount(1, { timeout: 30_000 })
  })

  test('in English @phone', async ({ page }, info) => {
    await signIn(page, firms.survey)
    await page.getByTestId('language-switch').click()
    await page.goto('/messages')
    await expect(page.getByRole('heading', { level: 1, name: 'My messages' })).toBeVisible()
    await picture(page, info, 'messages-en')
    await accessible(page, 'messages in English')
  })
})
