import { expect, test, type Page } from '@playwright/test'
import { randomInt } from 'node:crypto'
import { exchange } from './exchange'
import { accessible, figure, firms, loginURL, picture, signIn } from './support'

interface Reported { id: string; unified_social_credit_code: string; old_name: string; new_name: string }

/** Renames the firm in the business register, so that a second run finds something to do as well. */
async function atRegister(page: Page, code: string): Promise<string> {
  const name = `浙江建晟检测集团（${randomInt(100_000)}）有限公司`
  const done = await page.request.post(`${loginURL}/control/registers/names`, { data: { unified_social_credit_code: code, name } })
  expect(done.ok(), await done.text()).toBeTruthy()
  return name
}

async function creditCode(page: Page): Promise<string> {
  await expect(page.getByText(/^[0-9A-Z]{18}$/).first()).toBeVisible()
  return (await page.getByText(/^[0-9A-Z]{18}$/).first().innerText()).trim()
}

async function decideRename(page: Page, code: string, outcome: 'approved' | 'refused', reason = ''): Promise<Reported> {
  const { items } = await exchange<{ items: Reported[] }>(page.request, 'province', 'GET', '/exchange/renames?limit=200')
  const mine = items.find((one) => one.unified_social_credit_code === code)
  expect(mine, 'the rename on the desk of the province').toBeTruthy()
  return exchange<Reported>(page.request, 'province', 'POST', `/exchange/renames/${mine!.id}/outcome`, { outcome_ref: `e2e-${randomInt(1_000_000_000)}`, outcome, reason })
}

/** Uploads the copy and submits. */
async function report(page: Page, name: string) {
  await page.goto('/renames/new')
  await expect(page.getByTestId('new-name')).toHaveText(name)
  await page.locator('#rename-copy').setInputFiles({ name: '更名后副本.png', mimeType: 'image/png', buffer: onePixel })
  await expect(page.getByText('更名后副本.png')).toBeVisible()
  await page.getByTestId('rename-submit').click()
  await expect(page.getByTestId('rename-reference')).toHaveText(/^GM\d{16}$/)
}

const onePixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

test.describe('change of name (manual 3.7)', () => {
  test('open filings stand in the way, each one click away', { tag: '@phone' }, async ({ page }, info) => {
    await signIn(page, firms.renamed)
    await expect(page.getByText('登录信息与系统中的企业信息不一致')).toBeVisible()
    await page.getByRole('link', { name: '办理企业名称变更' }).click()
    await expect(page.getByRole('heading', { level: 1, name: '新增企业名称变更' })).toBeVisible()
    await expect(page.getByTestId('old-name')).toHaveText('浙江正信施工图审查有限公司')
    await expect(page.getByTestId('new-name')).toHaveText('浙江正信工程咨询有限公司')
    await expect(page.getByTestId('rename-denied')).toContainText('件正在办理的申报')
    await expect(page.getByTestId('rename-submit')).toHaveCount(0)
    await picture(page, info, 'rename-blocked')
    await figure(page, 'rename-blocked')
    await accessible(page, 'a rename with blockers')
    const first = page.getByTestId('rename-blockers').getByRole('link').first()
    const reference = await first.innerText()
    await first.click()
    await page.waitForURL(/\/filings\/[0-9a-f-]{36}$/)
    await expect(page.getByText(reference).first()).toBeVisible()
  })

  test('from the register to the new name: copy, submission, a refusal, an approval, the former name', { tag: '@phone' }, async ({ page }, info) => {
    await signIn(page, firms.renaming)
    const code = await creditCode(page)
    const name = await atRegister(page, code)

    await page.goto('/renames')
    await expect(page.getByRole('heading', { level: 1, name: '企业名称变更' })).toBeVisible()
    await page.getByTestId('rename-new').click()
    await expect(page.getByTestId('new-name')).toHaveText(name)
    await expect(page.getByText('请先上传更名后的企业资质副本')).toBeVisible()
    await expect(page.getByTestId('rename-submit')).toBeDisabled()
    await picture(page, info, 'rename-new')
    await figure(page, 'rename-new')
    await accessible(page, 'a new rename')

    await report(page, name)
    await picture(page, info, 'rename-submitted')
    await figure(page, 'rename-submitted')
    await accessible(page, 'the confirmation of a rename')

    // A second one cannot be made beside it, and it is named.
    await page.goto('/renames/new')
    await expect(page.getByTestId('rename-denied')).toContainText('已有办理中的企业名称变更')
    await decideRename(page, code, 'refused', '资质证书尚未更名')
    await page.goto('/renames')
    await expect(page.getByTestId('rename-row').first()).toContainText('未通过')
    await expect(page.getByTestId('rename-row').first()).toContainText('资质证书尚未更名')

    await report(page, name)
    const { old_name: before } = await decideRename(page, code, 'approved')
    await page.goto('/renames')
    await expect(page.getByTestId('rename-row').first()).toContainText('已变更')
    await picture(page, info, 'rename-list')
    await figure(page, 'rename-list')
    await accessible(page, 'the list of renames')
    await page.getByTestId('rename-row').first().getByRole('link').click()
    await expect(page.getByText('准予变更')).toBeVisible()
    await picture(page, info, 'rename-detail')
    await accessible(page, 'a rename')

    await page.goto('/enterprise')
    await expect(page.getByTestId('former-names')).toContainText(before)
    await expect(page.locator('header').first().getByText(name).first()).toBeAttached()
    await picture(page, info, 'rename-former-names')
    await accessible(page, 'basic information with a former name')
  })

  test('while one is open, submitting a filing is refused by its name', async ({ page }) => {
    await signIn(page, firms.renaming)
    const code = await creditCode(page)
    await report(page, await atRegister(page, code))
    const { access_token: token } = await (await page.request.post('/api/v1/session/refresh')).json()
    const refused = await page.request.post('/api/v1/commitments', {
      data: { filing_ids: ['019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11'] },
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(refused.status()).toBe(409)
    expect(await refused.json()).toMatchObject({ code: 'rename.open', errors: [{ record: { type: 'rename' } }] })
    await decideRename(page, code, 'approved')
  })

  test('a register that does not answer, and English', async ({ page }, info) => {
    await signIn(page, firms.renaming)
    const mood = (enterprises: string) => page.request.put(`${loginURL}/control/registers/behaviour`, { data: { qualifications: '', enterprises } })
    await mood('down')
    try {
      await page.goto('/renames/new')
      await expect(page.getByText('市场监管登记暂时没有应答').first()).toBeVisible()
      await picture(page, info, 'rename-register-down')
      await accessible(page, 'a register that is down')
    } finally {
      await mood('')
    }
    await page.getByRole('button', { name: 'English' }).click()
    await page.goto('/renames')
    await expect(page.getByRole('heading', { level: 1, name: 'Change of name' })).toBeVisible()
    await picture(page, info, 'rename-list-en')
    await accessible(page, 'the list of renames in English')
    await page.getByRole('button', { name: '中文' }).click()
  })
})
