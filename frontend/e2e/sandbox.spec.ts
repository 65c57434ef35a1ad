import { expect, test, type Page } from '@playwright/test'
import { accessible, firms, picture, signIn } from './support'

/** The sandbox console; `devstack run` says where. */
const sandbox = process.env.ZHUCE_CONSOLE_URL ?? 'http://localhost:8091'

/** The credit code of a demo firm, as the console lists it. */
async function codeOf(page: Page, user: string): Promise<string> {
  await page.goto(sandbox)
  const row = page.getByRole('row').filter({ has: page.getByText(user, { exact: true }) })
  return (await row.locator('code').last().innerText()).trim()
}

/** Runs a scenario and waits for its end. */
async function run(page: Page, id: string, firm: string) {
  await page.goto(`${sandbox}/scenarios`)
  await page.getByLabel('聘用企业').selectOption(firm)
  await page.getByTestId(`run-${id}`).click()
}

test('QA runs the engineer scenario and sees the approved person in the product @phone', async ({ page }, info) => {
  const code = await codeOf(page, firms.rich)
  await run(page, 'engineer', code)
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done', { timeout: 30_000 })
  await expect(page.locator('.steps > li.done')).toHaveCount(7)
  await accessible(page, 'a run that is done')
  await picture(page, info, 'sandbox-run')
  const last = page.locator('.steps > li').last()
  const name = (await last.locator('p.facts').first().innerText()).split(' · ')[0]!
  const registrant = await last.getByRole('link', { name: '在企业端查看注册人员' }).getAttribute('href')
  // Each step shows the calls that it made, and a call can be copied for a shell.
  await last.locator('summary').waitFor({ state: 'hidden' }) // it only looked
  await page.locator('.steps > li').first().locator('summary').click()
  await page.locator('.steps > li').first().getByRole('link', { name: /POST \/api\/v1\/exchange\/filings$/ }).click()
  await expect(page.getByTestId('curl')).toContainText('curl -sS')
  await expect(page.getByTestId('curl')).toContainText('${ID_NUMBER}')
  await accessible(page, 'a call')
  await picture(page, info, 'sandbox-call')

  await signIn(page, firms.rich)
  await page.goto(registrant!)
  await expect(page.getByRole('heading', { name }).or(page.getByText(name).first()).first()).toBeVisible()
})

test('the firm’s step is done by hand in the product, and the run goes on', async ({ page, context }) => {
  const code = await codeOf(page, firms.design)
  await page.goto(`${sandbox}/scenarios`)
  await page.getByLabel('聘用企业').selectOption(code)
  await page.getByLabel('企业的步骤由我在企业端亲自办理').check()
  await page.getByTestId('run-return').click()
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'waiting')
  await accessible(page, 'a run that waits')
  const there = await page.getByRole('link', { name: '请在企业端办理这一步' }).getAttribute('href')

  const product = await context.newPage()
  await signIn(product, firms.design)
  await product.goto(there!)
  await product.getByRole('button', { name: '退回' }).first().click()
  await product.getByTestId('return-reason').fill('缺少签字页')
  await product.getByTestId('return-confirm').click()
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done', { timeout: 30_000 })
})

test('a filing goes through the forms: delivered, corrected, denied @phone', async ({ page }, info) => {
  const code = await codeOf(page, firms.survey)
  await page.goto(`${sandbox}/person`)
  await page.locator('#firm').selectOption(code)
  const name = await page.locator('#name').inputValue()
  await page.locator('#id_number').fill('110101199003071230')
  await page.locator('#deliver').click()
  await expect(page.getByTestId('outcome')).toContainText('filing.form_invalid')
  await accessible(page, 'a refused delivery')
  await picture(page, info, 'sandbox-refused')
  await page.locator('#firm').selectOption(code)
  const good = await page.locator('#name').inputValue()
  await page.locator('#deliver').focus()
  await page.keyboard.press('Enter') // no mouse is needed
  await expect(page.getByTestId('outcome')).toHaveClass(/good/)
  const row = page.getByTestId('delivery').filter({ hasText: good }).first()
  await expect(row).toContainText('未上报')
  expect(name).not.toBe('')
  await picture(page, info, 'sandbox-person')

  // The province asks one of its filings for a correction, as a dry run first.
  await page.goto(`${sandbox}/province`)
  await page.locator('#status').selectOption('province_pending')
  await page.getByRole('button', { name: '筛选' }).click()
  const box = page.getByTestId('desk').getByRole('checkbox', { name: '选中' }).first()
  await box.check()
  await page.getByRole('button', { name: '补正通知' }).click()
  await expect(page.getByTestId('outcome')).toHaveClass(/bad/) // without a reason
  await page.getByTestId('desk').getByRole('checkbox', { name: '选中' }).first().check()
  await page.locator('#reason').fill('请补充社会保险证明')
  await page.locator('#dry').check()
  await page.getByRole('button', { name: '补正通知' }).click()
  await expect(page.getByTestId('outcome')).toHaveClass(/good/)
  await picture(page, info, 'sandbox-desk')
})

const pages = ['/', '/person', '/province', '/province/findings', '/province/renames', '/ministry', '/ministry/findings', '/ministry/notices', '/registers',
  '/clock', '/scenarios', '/generator', '/log', '/reset']

test('every page is accessible, fits a phone, and loads nothing from elsewhere @phone', async ({ page }, info) => {
  const wrong: string[] = []
  page.on('console', (m) => { if (m.type() === 'error') wrong.push(m.text()) })
  page.on('request', (r) => { if (!r.url().startsWith(sandbox)) wrong.push(r.url()) })
  for (const path of pages) {
    await page.goto(`${sandbox}${path}`)
    await expect(page.getByTestId('broken')).toHaveCount(0)
    await accessible(page, `sandbox ${path}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${path} is no wider than the window`).toBeLessThanOrEqual(0)
    await picture(page, info, `sandbox${path.replaceAll('/', '-')}`)
  }
  expect(wrong).toEqual([])
})

test('the generator makes registrants with warnings', async ({ page }) => {
  const code = await codeOf(page, firms.rich)
  await page.goto(`${sandbox}/generator`)
  await page.locator('#firm').selectOption(code)
  await page.locator('#n').fill('12')
  await page.locator('#to').selectOption('registered')
  await page.locator('#soon').check()
  await page.getByRole('button', { name: '开始生成' }).click()
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done', { timeout: 30_000 })
})

test('a reset ends what is signed in and brings the demo data back @last', async ({ page, context }) => {
  test.setTimeout(180_000)
  await signIn(page, firms.design)
  const console = await context.newPage()
  await console.goto(`${sandbox}/reset`)
  await console.locator('#sure').check()
  await console.getByTestId('reset').getByRole('button').click()
  await expect(console.getByTestId('state')).toHaveAttribute('data-state', 'done', { timeout: 120_000 })
  await page.goto('/filings')
  await expect(page.getByTestId('matter-engineers').or(page.getByRole('link', { name: /登录/ })).first()).toBeVisible()
  await signIn(page, firms.design)
})
