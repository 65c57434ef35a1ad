import { expect, test } from '@playwright/test'
import { accessible, firms, picture, signIn } from './support'

test.describe('third-party access', () => {
  test('given, looked at, revoked @phone', async ({ page, request }, info) => {
    await signIn(page, firms.design)
    await page.goto('/grants')
    await expect(page.getByRole('heading', { name: '第三方授权', level: 1 })).toBeVisible()
    // What an earlier run left behind is in the way of a new grant.
    const active = page.locator('[data-testid=grant-row][data-state=active]')
    await expect(page.getByTestId('grant-row').first().or(page.getByText('还没有授权任何第三方系统'))).toBeVisible()
    if (await active.count()) {
      await active.getByTestId('grant-revoke').click()
      await page.getByRole('dialog').getByRole('button', { name: '撤销授权' }).click()
      await expect(active).toHaveCount(0)
    }
    await accessible(page, 'grants')

    await page.getByTestId('grant-new').click()
    const dialog = page.getByRole('dialog', { name: '授权第三方' })
    await dialog.getByTestId('grant-next').click()
    await expect(dialog).toContainText('请选择第三方系统')
    await dialog.getByText('demo-integrator').click()
    await dialog.getByText('注册申报（查看）').click()
    await dialog.getByText('到期预警（查看）').click()
    await picture(page, info, 'grant-give')
    await accessible(page, 'giving a grant')
    await dialog.getByTestId('grant-next').click()
    const check = page.getByRole('dialog', { name: '请核对授权内容' })
    await expect(check.getByTestId('grant-check')).toContainText('允许 demo-integrator 查看：注册申报（查看）')
    await accessible(page, 'checking a grant')
    await check.getByTestId('grant-confirm').click()
    const row = active.first()
    await expect(row).toContainText('demo-integrator')
    await expect(row).toContainText('尚未访问')

    // The integrator reads, as another system would.
    const session = page.waitForResponse((answer) => answer.url().endsWith('/enterprises/current'))
    await page.goto('/enterprise')
    const code = (await (await session).json()).unified_social_credit_code as string
    const token = await request.post('/api/v1/exchange/token', {
      form: {
        grant_type: 'client_credentials',
        client_id: 'demo-integrator',
        client_secret: 'demo-integrator-secret-for-development',
        unified_social_credit_code: code,
      },
    })
    expect(token.status()).toBe(200)
    const headers = { Authorization: `Bearer ${(await token.json()).access_token}` }
    expect((await request.get('/api/v1/filings?limit=1', { headers })).status()).toBe(200)
    expect((await request.get('/api/v1/registrants?limit=1', { headers })).status()).toBe(403)

    await page.goto('/grants')
    await expect(row).toContainText('最近访问')
    await picture(page, info, 'grants')
    await row.getByTestId('grant-accesses').click()
    const accesses = page.getByRole('dialog', { name: '访问记录' })
    await expect(accesses.getByTestId('grant-access').first()).toContainText('注册申报（列表或查询）')
    await picture(page, info, 'grant-accesses')
    await accessible(page, 'accesses under a grant')
    await page.keyboard.press('Escape')

    await row.getByTestId('grant-revoke').click()
    await page.getByRole('dialog').getByRole('button', { name: '撤销授权' }).click()
    await expect(active).toHaveCount(0)
    await expect(page.locator('[data-state=revoked]').first()).toContainText('撤销')
    expect((await request.get('/api/v1/filings?limit=1', { headers })).status()).toBe(403)
  })
})
