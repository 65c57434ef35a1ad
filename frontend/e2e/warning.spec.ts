import { expect, test, type Page } from '@playwright/test'
import { accessible, figure, firms, picture, signIn } from './support'

const rows = (page: Page) => page.getByTestId('warning-row')

async function open(page: Page, query = 'matter=all') {
  await signIn(page, firms.design)
  await page.goto(`/warnings?${query}`)
  await expect(rows(page).first()).toBeVisible()
}

test.describe('expiry warnings (manual 3.4)', () => {
  test('who expires when, how far the renewal is, and the way to both @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    if ((page.viewportSize()?.width ?? 0) > 1000) await page.getByRole('link', { name: '人员到期预警' }).click()
    else await page.goto('/warnings')
    await expect(page.getByRole('heading', { level: 1, name: '人员到期预警' })).toBeVisible()
    await page.goto('/warnings?matter=all&limit=100')
    await expect(rows(page).first()).toBeVisible()
    await expect(page.getByTestId('warning-picture')).toBeVisible()
    await picture(page, info, 'warnings')
    await figure(page, 'warnings')
    await accessible(page, 'expiry warnings')

    for (const words of ['未申报延续', '延续申报待上报', '延续已申报（逾期）', '延续已按期申报', '视为准予延续']) {
      await expect(rows(page).filter({ has: page.getByText(words, { exact: true }) }).first()).toBeVisible()
    }
    const deemed = rows(page).filter({ has: page.getByText('视为准予延续', { exact: true }) }).first()
    await expect(deemed).toContainText('已到期')
    await deemed.getByText('依据').click()
    await expect(deemed).toContainText('第五十条第二款')
    await accessible(page, 'expiry warnings with a basis open')
    await deemed.getByRole('link', { name: /^ZC\d+$/ }).click()
    await expect(page.getByRole('heading', { name: '办理过程' })).toBeVisible()
  })

  test('the picture narrows the list, and so does the query (manual 3.4.1)', async ({ page }, info) => {
    await open(page)
    await page.getByTestId('level-urgent').click()
    await expect(page).toHaveURL(/level=urgent/)
    await expect(page.getByTestId('level-urgent')).toHaveAttribute('aria-pressed', 'true')
    await expect(rows(page).filter({ hasText: '紧急' }).first()).toBeVisible()
    await expect(rows(page).filter({ hasText: '提前预警' })).toHaveCount(0)
    await picture(page, info, 'warnings-urgent')
    await figure(page, 'warnings-urgent')

    const name = (await rows(page).first().locator('th').innerText()).split('\n')[0]!.trim()
    await page.getByLabel('姓名').first().fill(name)
    await page.getByRole('button', { name: '查询', exact: true }).click()
    await expect(page).toHaveURL(/name=/)
    await expect(rows(page).first()).toContainText(name)
    await page.reload()
    await expect(page.getByLabel('姓名').first()).toHaveValue(name)
    await expect(rows(page).first()).toContainText(name)

    await page.getByLabel('姓名').first().fill('查无此人')
    await page.getByRole('button', { name: '查询', exact: true }).click()
    await expect(page.getByText('没有符合条件的人员')).toBeVisible()
    await picture(page, info, 'warnings-none-found')
    await page.getByRole('button', { name: '重置' }).first().click()
    await expect(rows(page).first()).toBeVisible()

    await page.goto('/warnings?matter=all')
    await page.getByRole('button', { name: '以表格显示' }).click()
    await expect(page.getByTestId('warning-picture').getByRole('table')).toContainText('合计')
    await picture(page, info, 'warnings-as-table')
    await accessible(page, 'expiry warnings, the picture as a table')
    await page.getByRole('button', { name: '有效期至' }).click()
    await expect(page).toHaveURL(/sort=-valid_until/)
  })

  test('the calendar: made, copied, read by a program, made anew, revoked', async ({ page, context, playwright }, info) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await open(page)
    await expect(page.getByText('本企业还没有订阅地址')).toBeVisible()
    await page.getByTestId('calendar-make').click()
    const field = page.getByTestId('calendar-address')
    await expect(field).toBeVisible()
    const address = await field.inputValue()
    await picture(page, info, 'calendar-made')
    await accessible(page, 'calendar address')
    await page.getByRole('button', { name: '复制地址' }).click()
    await expect(page.getByRole('button', { name: '已复制' })).toBeVisible()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address)

    const program = await playwright.request.newContext() // no cookie, no token
    const read = await program.get(address)
    expect(read.headers()['content-type']).toContain('text/calendar')
    expect(await read.text()).toContain('BEGIN:VEVENT')
    expect((await program.get(address, { headers: { 'If-None-Match': read.headers()['etag']! } })).status()).toBe(304)

    await page.reload()
    await expect(page.getByText('正在使用')).toBeVisible()
    await expect(field).toHaveCount(0) // shown once
    await figure(page, 'calendar')
    await page.getByTestId('calendar-make').click()
    await page.getByRole('dialog').getByRole('button', { name: '重新生成' }).click()
    await expect(field).toBeVisible()
    const second = await field.inputValue()
    expect((await program.get(address)).status()).toBe(404)
    expect((await program.get(second)).status()).toBe(200)

    await page.getByTestId('calendar-revoke').click()
    await accessible(page, 'revoke dialog')
    await page.getByRole('dialog').getByRole('button', { name: '撤销地址' }).click()
    await expect(page.getByText('订阅地址已撤销')).toBeVisible()
    expect((await program.get(second)).status()).toBe(404)
    await expect(page.getByText('本企业还没有订阅地址')).toBeVisible()
    await program.dispose()
  })

  test('nobody expires @phone', async ({ page }, info) => {
    await signIn(page, firms.unqualified)
    await page.goto('/warnings?matter=all')
    await expect(page.getByText('180 天内没有人员的注册到期')).toBeVisible()
    await picture(page, info, 'warnings-none')
    await accessible(page, 'no expiry warnings')
  })

  test('in English @phone', async ({ page }, info) => {
    await open(page)
    await page.getByTestId('language-switch').click()
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    await expect(page.getByRole('heading', { level: 1, name: 'Expiry warnings' })).toBeVisible()
    await expect(rows(page).first()).toBeVisible()
    await picture(page, info, 'warnings-en')
    await accessible(page, 'expiry warnings in English')
  })
})
