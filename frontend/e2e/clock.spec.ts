import { expect, test, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { decide, deliver, exchange, submit, type Filed } from './exchange'
import { accessible, advance, figure, firms, picture, signIn } from './support'

const firm = 'shencheng'
const row = (page: Page, filed: Filed) => page.locator(`[data-testid=filing-row][data-id="${filed.id}"]`)

/** An architect's and an engineer's filing on the desk of the province. */
async function submitted(page: Page): Promise<[Filed, Filed]> {
  const architect = await deliver(page.request, { firm, profession: 'architect_1' })
  const engineer = await deliver(page.request, { firm })
  await submit(page, [architect.id, engineer.id])
  return [architect, engineer]
}

test.describe('the legal clock', () => {
  test('what an authority has to do by when, and by which article @phone', async ({ page }, info) => {
    await signIn(page, firms.rich)
    const [architect, engineer] = await submitted(page)
    await page.goto('/filings?matter=all')
    await expect(row(page, architect).getByTestId('step-term')).toHaveText('省级受理 · 剩余 5 个工作日')
    await expect(row(page, engineer).getByTestId('step-term')).toHaveText('省级转报 · 剩余 5 个工作日')
    await picture(page, info, 'clock-list')
    await accessible(page, 'list with terms')

    await row(page, architect).getByRole('link').click()
    await expect(page.getByTestId('clock-panel')).toContainText('逾期视为受理')
    await expect(page.getByTestId('clock-panel')).toContainText('第三十二条')
    await picture(page, info, 'clock-detail')
    await accessible(page, 'term of an acceptance')

    // The authority stops its own clock, and says why and for how long.
    await decide(page.request, 'province', 'accept', [architect])
    await exchange(page.request, 'province', 'POST', '/exchange/decisions', {
      decision_ref: randomUUID(), action: 'pause', reason: '专家评审', days: 10, items: [{ filing_id: architect.id }],
    })
    await page.reload()
    await expect(page.getByTestId('clock-panel')).toContainText('专家评审')
    await expect(page.getByTestId('step-term').first()).toHaveText('省级审查 · 暂停计时，其后剩余 20 个工作日')
    await picture(page, info, 'clock-paused')
    await figure(page, 'clock-paused')
    await accessible(page, 'a clock that stands still')
    await page.getByTestId('language-switch').click()
    await expect(page.getByTestId('step-term').first()).toHaveText('Examination by the province · clock stopped, 20 working days left after it')
    await picture(page, info, 'clock-paused-en')
    await page.getByTestId('language-switch').click()
  })

  test('six working days of silence: deemed accepted, or overdue @last', async ({ page }, info) => {
    await signIn(page, firms.rich)
    const [architect, engineer] = await submitted(page)
    await advance(page, 16 * 86_400) // whatever holidays are in between
    await signIn(page, firms.rich)

    await page.goto(`/filings/${architect.id}`)
    await expect(page.locator('main')).toContainText('省级已受理')
    const entry = page.locator('.timeline li').first()
    await expect(entry).toContainText('视为受理')
    await expect(entry).toContainText('《行政许可法》第三十二条')
    await picture(page, info, 'clock-deemed')
    await figure(page, 'clock-deemed', page.locator('.timeline'))
    await accessible(page, 'deemed acceptance')

    await page.goto('/home')
    await page.getByTestId('todo-steps_overdue').getByRole('link').click()
    await expect(page).toHaveURL(/overdue=true/)
    await expect(page.getByRole('button', { name: /办理超期/, pressed: true })).toBeVisible()
    await expect(row(page, engineer).getByTestId('step-term')).toContainText('省级转报 · 已超期')
    await expect(row(page, architect)).toHaveCount(0)
    await picture(page, info, 'clock-overdue-list')
    await figure(page, 'clock-overdue')
    await accessible(page, 'what is overdue')

    await row(page, engineer).getByRole('link').click()
    await expect(page.getByText('省级转报已超过办理期限')).toBeVisible()
    await picture(page, info, 'clock-overdue')
    await accessible(page, 'an overdue step')

    await page.goto('/messages')
    await expect(page.getByText('申报视为受理').first()).toBeVisible()
    await expect(page.getByText('申报办理超期').first()).toBeVisible()
  })
})
