import { expect, test, type Page } from '@playwright/test'
import { deliver, register } from './exchange'
import { accessible, figure, firms, picture, signIn } from './support'

const rows = (page: Page) => page.getByTestId('registrant-row')

/** On a phone the query is folded away. */
async function unfold(page: Page) {
  const button = page.getByRole('button', { name: '展开查询条件' })
  if (await button.isVisible()) await button.click()
}

test.describe('registrants (manual 3.3)', () => {
  test('an approved filing becomes a registrant: query, detail, reveal @phone', async ({ page, request }, info) => {
    await signIn(page, firms.design)
    const filed = await deliver(request, { firm: 'huayu' })
    const { registration } = (await register(page, [filed])).filings[0]!

    await page.goto('/registrants')
    await expect(rows(page).first()).toBeVisible()
    await picture(page, info, 'registrants')
    await figure(page, 'registrants')
    await accessible(page, 'registrants')

    // 查询: by name, then by ID number, which never stands in the address.
    await unfold(page)
    await page.getByLabel('姓名').first().fill(filed.name)
    await page.getByRole('button', { name: '查询', exact: true }).click()
    await expect(page).toHaveURL(/name=/)
    await expect(rows(page)).toHaveCount(1)
    await expect(rows(page).first()).toContainText(registration!.certificate_number)
    await expect(rows(page).first()).toContainText(registration!.seal_number)
    await expect(rows(page).first()).toContainText(registration!.valid_until)
    await expect(rows(page).first()).toContainText('有效')
    await expect(page.getByText(filed.idNumber)).toHaveCount(0)
    await picture(page, info, 'registrants-query')
    await figure(page, 'registrants-query')

    await page.getByLabel('姓名').first().fill('')
    await page.getByLabel('证件号码').first().fill(filed.idNumber)
    await page.getByRole('button', { name: '查询', exact: true }).click()
    await expect(rows(page)).toHaveCount(1)
    expect(page.url()).not.toContain(filed.idNumber)

    await rows(page).first().getByRole('link').click()
    await expect(page.getByRole('heading', { level: 1, name: `${filed.name} 的注册信息` })).toBeVisible()
    await expect(page.getByRole('heading', { name: '注册记录' })).toBeVisible()
    await expect(page.getByText(registration!.certificate_number)).toBeVisible()
    await picture(page, info, 'registrant-detail')
    await figure(page, 'registrant-detail')
    await accessible(page, 'registrant detail')

    await page.getByRole('button', { name: '显示完整号码' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').fill('核对注册证书')
    await dialog.getByRole('button', { name: '显示', exact: true }).click()
    await expect(page.getByText(filed.idNumber)).toBeVisible()

    await page.getByRole('link', { name: new RegExp(filed.reference) }).click()
    await expect(page.getByRole('heading', { level: 1, name: `${filed.name} 的注册申报` })).toBeVisible()
    await expect(page.getByText('准予注册').first()).toBeVisible()
  })

  test('by status, and nothing found; in English @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/registrants?matter=all')
    await expect(rows(page).first()).toBeVisible()
    await page.getByRole('group', { name: '按状态筛选' }).getByRole('button', { name: /已到期/ }).click()
    await expect(page).toHaveURL(/status=expired/)
    await expect(rows(page).first()).toContainText('已到期')
    await page.goto('/registrants?matter=all&name=没有这个人')
    await expect(page.getByText('没有符合条件的注册人员')).toBeVisible()
    await accessible(page, 'no registrants found')

    await page.getByTestId('language-switch').click()
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    await page.goto('/registrants?matter=all')
    await expect(page.getByRole('heading', { level: 1, name: 'Registrants' })).toBeVisible()
    await expect(rows(page).first()).toContainText(/Valid|Expired/)
    await picture(page, info, 'registrants-en')
    await accessible(page, 'registrants, English')
    await rows(page).first().getByRole('link').click()
    await expect(page.getByRole('heading', { name: 'History of the registration' })).toBeVisible()
    await picture(page, info, 'registrant-detail-en')
    await accessible(page, 'registrant detail, English')
  })
})
