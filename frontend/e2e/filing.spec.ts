import { expect, test, type Page } from '@playwright/test'
import { accessible, advance, figure, firms, picture, signIn } from './support'

const rows = (page: Page) => page.getByTestId('filing-row')

/** Opens the list with only what is not submitted yet. */
async function pending(page: Page, user: string = firms.design) {
  await signIn(page, user)
  await page.goto('/filings?status=pending_submission&matter=all')
  await expect(rows(page).first()).toBeVisible()
}

async function tick(page: Page, n: number, of = rows(page)) {
  const ids: string[] = []
  for (let i = 0; i < n; i++) {
    await of.nth(i).getByRole('checkbox').check()
    ids.push((await of.nth(i).getAttribute('data-id')) ?? '')
  }
  return ids
}

/** Lets the reading time pass: the server's clock is moved, and the page asks it again. */
async function read(page: Page) {
  await expect(page.getByTestId('commitment-timer')).toContainText('秒后可勾选确认') // it is open, so its time runs
  await advance(page, 60)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await expect(page.getByTestId('commitment-timer')).toContainText('阅读时间已满')
}

async function sign(page: Page) {
  await page.getByTestId('commitment-agree').check()
  await page.getByTestId('commitment-confirm').click()
  await page.waitForURL('**/filings/submitted/**')
}

test.describe('filing management (manual 3.2)', () => {
  test('list, query and detail @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/filings')
    await expect(rows(page).first()).toBeVisible()
    await picture(page, info, 'filings')
    await figure(page, 'filings')
    await accessible(page, 'filing list')

    await rows(page).first().getByRole('link').click()
    await expect(page.getByRole('heading', { name: '办理过程' })).toBeVisible()
    await picture(page, info, 'filing-detail')
    await figure(page, 'filing-detail')
    await accessible(page, 'filing detail')
  })

  test('papers are viewed in place', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/filings?matter=all&registration_type=initial')
    await rows(page).first().getByRole('link').click()
    await expect(page.getByRole('heading', { name: '申报材料' })).toBeVisible()
    const refused: string[] = []
    page.on('console', (m) => { if (m.text().includes('Content Security Policy')) refused.push(m.text()) })
    for (const [kind, shown] of [['.pdf', 'iframe'], ['.png', 'dialog img'], ['.jpg', 'dialog img']] as const) {
      const paper = page.getByRole('button', { name: new RegExp(`^查看 .*\\${kind}$`) }).first()
      if ((await paper.count()) === 0) continue
      await paper.click()
      const dialog = page.getByRole('dialog')
      await expect(dialog.locator(shown === 'iframe' ? 'iframe' : 'img')).toBeVisible()
      await page.screenshot({ path: `test-results/pictures/${info.project.name}-paper${kind.replace('.', '-')}.png` })
      await dialog.getByRole('button', { name: '关闭' }).last().click()
      await expect(dialog).toBeHidden()
    }
    expect(refused).toEqual([])
  })

  test('query by name and by ID number; the number never stands in the URL', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/filings?matter=all')
    await expect(rows(page).first()).toBeVisible()
    const name = (await rows(page).first().locator('th').innerText()).split('\n')[0]!.trim()
    await page.getByLabel('姓名').first().fill(name)
    await page.getByRole('button', { name: '查询', exact: true }).click()
    await expect(page).toHaveURL(/name=/)
    await expect(rows(page).first()).toContainText(name)

    await rows(page).first().getByRole('link').click()
    await page.getByRole('button', { name: '显示完整号码' }).click()
    await page.getByLabel('查看理由').fill('核对身份证件')
    await page.getByRole('button', { name: '显示', exact: true }).click()
    const number = /[1-9]\d{16}[\dX]/
    await expect(page.locator('main')).toContainText(number)
    const full = number.exec(await page.locator('main').innerText())![0]
    await picture(page, info, 'filing-revealed')

    await page.goto('/filings?matter=all')
    const urls: string[] = []
    page.on('request', (r) => urls.push(r.url()))
    await page.getByLabel('证件号码').fill(full)
    await page.getByRole('button', { name: '查询', exact: true }).click()
    await expect(rows(page).first()).toContainText(name)
    expect(urls.filter((u) => u.includes(full))).toEqual([])
    expect(page.url()).not.toContain(full)

    await page.getByLabel('证件号码').fill('110101199003070000')
    await page.getByRole('button', { name: '查询', exact: true }).click()
    await expect(page.getByText('没有符合条件的申报')).toBeVisible()
    await picture(page, info, 'filings-none-found')
    await figure(page, 'filings-none-found')
  })

  test('submit one: the letter, sixty seconds, the tick, the number', async ({ page }, info) => {
    await pending(page)
    await tick(page, 1)
    await page.getByTestId('submit-selected').click()
    await expect(page.getByRole('dialog')).toContainText('企业承诺书')
    await expect(page.getByTestId('commitment-agree')).toBeDisabled()
    await expect(page.getByTestId('commitment-timer')).toContainText(/\d+ 秒后可勾选确认/)
    await picture(page, info, 'commitment-reading')
    await figure(page, 'commitment-reading')
    await accessible(page, 'commitment dialog')
    await read(page)
    await expect(page.getByTestId('commitment-confirm')).toBeDisabled()
    await picture(page, info, 'commitment-ready')
    await figure(page, 'commitment-ready')
    await sign(page)
    await expect(page.getByTestId('confirmation-reference')).toContainText(/SB\d{16}/)
    await picture(page, info, 'submitted')
    await figure(page, 'submitted')
    await accessible(page, 'confirmation')
    await page.getByRole('link', { name: '查看承诺书回执' }).first().click()
    await expect(page.getByText('承诺书文本的 SHA-256 摘要')).toBeVisible()
    await picture(page, info, 'receipt')
    await figure(page, 'receipt')
    await accessible(page, 'receipt')
  })

  test('submit a batch over two pages; ticks survive the paging', async ({ page }, info) => {
    await signIn(page, firms.design)
    // Among others, and more than a page of them.
    await page.goto('/filings?matter=all&sort=person_name&status=pending_submission&status=province_pending&status=ministry_pending')
    const open = rows(page).filter({ hasText: '未上报' })
    await expect(open.first()).toBeVisible()
    await tick(page, 3, open)
    await page.getByRole('button', { name: '下一页' }).click()
    await expect(page.getByText('第 2 /')).toBeVisible()
    await expect(open.first()).toBeVisible()
    await tick(page, 2, open)
    await expect(page.getByText('已勾选 5 条')).toBeVisible()
    await picture(page, info, 'batch-selected')
    await figure(page, 'batch-selected')
    await page.getByTestId('submit-selected').click()
    await read(page)
    await sign(page)
    await expect(page.getByText('已上报 5 条申报')).toBeVisible()
  })

  test('submitting again is refused by name (manual 3.2.2)', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/filings?status=province_pending&matter=all')
    await expect(rows(page).first()).toBeVisible()
    await tick(page, 1)
    await page.getByTestId('submit-selected').click()
    await expect(page.getByRole('dialog')).toContainText('不能上报')
    await expect(page.getByRole('dialog')).toContainText('省级未受理')
    await picture(page, info, 'submit-again')
    await figure(page, 'submit-again')
    await accessible(page, 'refusal dialog')
  })

  test('a row that another tab submitted is refused by name, and the tick is kept', async ({ page, context }, info) => {
    await pending(page)
    await tick(page, 2)
    await page.getByTestId('submit-selected').click()
    await read(page)
    const other = await context.newPage()
    await other.goto('/filings?status=pending_submission&matter=all')
    await rows(other).first().getByRole('checkbox').check()
    await other.getByTestId('return-selected').click()
    await other.getByTestId('return-reason').fill('另一个页面先退回')
    await other.getByTestId('return-confirm').click()
    await expect(other.getByText('已退回 1 条申报')).toBeVisible()
    await other.close()
    await page.getByTestId('commitment-agree').check()
    await page.getByTestId('commitment-confirm').click()
    await expect(page.getByRole('dialog')).toContainText('全部没有办理')
    await expect(page.getByRole('dialog')).toContainText('已退回')
    await picture(page, info, 'batch-refused')
    await figure(page, 'batch-refused')
  })

  test('a double click submits once', async ({ page }) => {
    await pending(page)
    await tick(page, 1)
    await page.getByTestId('submit-selected').click()
    await read(page)
    let sent = 0
    page.on('request', (r) => { if (r.method() === 'POST' && r.url().endsWith('/filings/submit')) sent++ })
    await page.getByTestId('commitment-agree').check()
    await page.getByTestId('commitment-confirm').dblclick()
    await page.waitForURL('**/filings/submitted/**')
    expect(sent).toBe(1)
  })

  test('return asks for a reason, and the row leaves the list (manual 3.2.3)', async ({ page }, info) => {
    await pending(page)
    const [id] = await tick(page, 1)
    await page.getByTestId('return-selected').click()
    await page.getByTestId('return-confirm').click()
    await expect(page.getByText('请填写退回原因')).toBeVisible()
    await page.getByTestId('return-reason').fill('请联系 13812345678')
    await expect(page.getByText('退回原因中似乎含有证件号码或手机号码')).toBeVisible()
    await picture(page, info, 'return-dialog')
    await figure(page, 'return-dialog')
    await accessible(page, 'return dialog')
    await page.getByTestId('return-reason').fill('劳动合同签字页缺失')
    await page.getByTestId('return-confirm').click()
    await expect(page.getByText('已退回 1 条申报')).toBeVisible()
    await expect(page.locator(`[data-id="${id}"]`)).toHaveCount(0)
    await picture(page, info, 'returned')
    await figure(page, 'returned')
  })

  test('before the basic information is saved the list says what to do first', async ({ page }) => {
    await signIn(page, firms.renamed)
    await page.goto('/help')
    await expect(page.getByText('010-88019251')).toBeVisible()
    await figure(page, 'help')
    await accessible(page, 'help')
    await page.goto('/nowhere')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await accessible(page, 'not found')
  })

  test('in English @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.getByTestId('language-switch').click()
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    for (const [name, path] of Object.entries({ enterprise: '/enterprise', filings: '/filings', help: '/help' })) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      if (name === 'filings') await expect(rows(page).first()).toBeVisible()
      await picture(page, info, `${name}-en`)
      await accessible(page, `${name} in English`)
    }
  })
})
