import { expect, test, type Page } from '@playwright/test'
import { deliver, employers, submit, today, type Filed } from './exchange'
import { accessible, advance, figure, firms, loginURL, picture, signIn } from './support'

/** Characters 3 to 9 are the firm's own code on every certificate. */
const number = `A1${employers.xinzhu[1]}8`
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const control = `${loginURL}/control/registers`

async function pull(page: Page, method: string, path: string, data?: unknown) {
  const answer = await page.request.fetch(`${control}${path}`, { method, data })
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBeTruthy()
}

async function grant(page: Page) {
  await pull(page, 'POST', '/certificates', {
    unified_social_credit_code: employers.xinzhu[0],
    certificate: {
      number, title: '建筑行业（建筑工程）乙级', category: 'design_industry', grade: 'b', issuing_authority: '江苏省住房和城乡建设厅',
      issued_on: await today(page.request, -1), valid_until: await today(page.request, 1800), holder: '江苏新筑工程咨询有限公司',
    },
  })
}

/** A submitted pre-registration of a person of its own; the firm has to be signed in on the page. */
async function awaiting(page: Page): Promise<Filed> {
  const filed = await deliver(page.request, { firm: 'xinzhu', preRegistration: true })
  await submit(page, [filed.id])
  return filed
}

async function list(page: Page, filed: Filed) {
  await page.goto(`/filings?matter=all&name=${encodeURIComponent(filed.name)}`)
  await expect(page.getByTestId('filing-row').filter({ hasText: filed.name }).first()).toBeVisible()
  return page.locator(`[data-testid=filing-row][data-id="${filed.id}"]`)
}

test.describe('pending qualification (manual 3.2.6)', () => {
  test.beforeEach(async ({ page }) => {
    await pull(page, 'PUT', '/behaviour', { qualifications: '', enterprises: '' })
    await pull(page, 'DELETE', `/certificates/${employers.xinzhu[0]}`)
    await signIn(page, firms.unqualified)
  })
  test.afterEach(async ({ page }) => {
    await pull(page, 'PUT', '/behaviour', { qualifications: '', enterprises: '' })
    await pull(page, 'DELETE', `/certificates/${employers.xinzhu[0]}`)
  })

  test('nothing found: the number is typed and the scan uploaded @phone', async ({ page }, info) => {
    const unsent = await deliver(page.request, { firm: 'xinzhu', preRegistration: true })
    let row = await list(page, unsent)
    await expect(row.getByTestId('supplement-row')).toHaveCount(0) // only after submission
    await submit(page, [unsent.id])
    row = await list(page, unsent)
    await expect(row).toContainText('待补正资质')
    await expect(row).toContainText('还剩 30 天')
    await page.getByRole('button', { name: /待补正资质/ }).first().click()
    await expect(page).toHaveURL(/pre_registration=awaiting_qualification/)
    await picture(page, info, 'supplement-list')
    await figure(page, 'supplement-list')
    await accessible(page, 'list of pre-registrations')

    await row.getByTestId('supplement-row').click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText('资质库中未查到本企业的有效资质证书')
    // Each field says what is wrong with it.
    await page.getByTestId('supplement-number').fill('A12')
    await page.getByTestId('supplement-confirm').click()
    await expect(dialog).toContainText('资质证书编号应为 1 个大写字母加 9 位数字')
    await page.getByTestId('supplement-number').fill(number)
    await page.getByTestId('supplement-confirm').click()
    await expect(dialog).toContainText('请上传资质副本')
    await page.screenshot({ path: `test-results/pictures/${info.project.name}-supplement-errors.png`, animations: 'disabled' })
    await accessible(page, 'supplement dialog with errors')
    await page.locator('#supplement-scan').setInputFiles({ name: '资质副本.png', mimeType: 'image/png', buffer: png })
    await expect(dialog).toContainText('资质副本.png')
    await picture(page, info, 'supplement-typed')
    await figure(page, 'supplement-typed')
    await page.getByTestId('supplement-confirm').click()
    await expect(page.getByText('已为 1 条申报补正资质')).toBeVisible()
    await picture(page, info, 'supplement-done')

    await page.goto(`/filings/${unsent.id}`)
    await expect(page.getByRole('heading', { name: '补正的资质' })).toBeVisible()
    await expect(page.getByText('手工填写')).toBeVisible()
    await expect(page.getByText('已补正').first()).toBeVisible()
    await picture(page, info, 'supplement-detail')
    await accessible(page, 'detail of a supplemented filing')
  })

  test('found in the register: the certificate is chosen, for several filings at once @phone', async ({ page }, info) => {
    const filed = [await awaiting(page), await awaiting(page)]
    await grant(page)
    await page.goto('/filings?matter=all&pre_registration=awaiting_qualification&limit=100')
    for (const one of filed) await page.locator(`[data-testid=filing-row][data-id="${one.id}"]`).getByRole('checkbox').check()
    await page.getByTestId('supplement-selected').click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText(number)
    await expect(dialog).toContainText('建筑行业（建筑工程）乙级')
    await expect(dialog.getByTestId('supplement-number')).toHaveCount(0) // nothing is typed
    await picture(page, info, 'supplement-found')
    await figure(page, 'supplement-found')
    await accessible(page, 'supplement dialog, found')
    await page.getByTestId('supplement-confirm').click()
    await expect(page.getByText('已为 2 条申报补正资质')).toBeVisible()
    await page.goto(`/filings/${filed[0]!.id}`)
    await expect(page.getByText('江苏省住房和城乡建设厅')).toBeVisible()
  })

  test('the register is down, and well again @phone', async ({ page }, info) => {
    const filed = await awaiting(page)
    await page.goto(`/filings/${filed.id}`)
    await page.getByTestId('act-supplement').click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText('资质库中未查到') // and this is what it last said from now on
    await pull(page, 'PUT', '/behaviour', { qualifications: 'garbage', enterprises: '' })
    await page.getByTestId('supplement-again').click()
    await expect(dialog).toContainText('资质库暂时没有应答')
    await expect(dialog).toContainText('这不表示没有资质')
    await expect(dialog).toContainText('上次应答是')
    await expect(page.getByTestId('supplement-confirm')).toHaveCount(0)
    await picture(page, info, 'supplement-down')
    await accessible(page, 'supplement dialog, register down')

    await grant(page)
    await pull(page, 'PUT', '/behaviour', { qualifications: '', enterprises: '' })
    await expect(async () => {
      await page.getByTestId('supplement-again').click()
      await expect(dialog).toContainText(number, { timeout: 1500 })
    }).toPass({ timeout: 20_000 })

    // Down again while the dialog is open: what it last said can still be used, and says its age.
    await pull(page, 'PUT', '/behaviour', { qualifications: 'down', enterprises: '' })
    await page.getByTestId('supplement-again').click()
    await expect(dialog).toContainText('以下是')
    await picture(page, info, 'supplement-stale')
    await page.getByTestId('supplement-confirm').click()
    await expect(page.getByText('已为 1 条申报补正资质')).toBeVisible()
  })

  test('the deadline passes: the pre-registration lapses, in both languages @last', async ({ page }, info) => {
    const filed = await awaiting(page)
    await advance(page, 31 * 86_400)
    await signIn(page, firms.unqualified)
    await page.goto(`/filings/${filed.id}`)
    await expect(page.getByText('已失效').first()).toBeVisible()
    await expect(page.getByText('逾期未补正资质，预注册已失效')).toBeVisible()
    await expect(page.getByText('预注册失效').first()).toBeVisible() // the timeline
    await picture(page, info, 'supplement-lapsed')
    await accessible(page, 'lapsed pre-registration')
    await page.getByTestId('language-switch').click()
    await page.reload()
    await expect(page.getByText('the pre-registration has lapsed')).toBeVisible()
    await picture(page, info, 'supplement-lapsed-en')
    await accessible(page, 'lapsed pre-registration, English')
    await page.getByTestId('language-switch').click()
  })
})
