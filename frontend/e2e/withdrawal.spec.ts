import { expect, test, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { decide, deliver, exchange, submit, type Filed } from './exchange'
import { accessible, figure, firms, picture, signIn } from './support'

const firm = 'shencheng'
const row = (page: Page, filed: Filed) => page.locator(`[data-testid=filing-row][data-id="${filed.id}"]`)

/** Brings filings to the province, each with the person's request to withdraw. */
async function asked(page: Page, n: number): Promise<Filed[]> {
  const filed: Filed[] = []
  for (let i = 0; i < n; i++) filed.push(await deliver(page.request, { firm }))
  await submit(page, filed.map((f) => f.id))
  for (const f of filed) await ask(page, f)
  return filed
}

const ask = (page: Page, f: Filed) =>
  exchange(page.request, 'person', 'POST', `/exchange/filings/${f.id}/withdrawal`, { withdrawal_ref: randomUUID(), reason: '个人工作变动，申请撤回' })

const toAnswer = async (page: Page) => {
  await page.goto('/filings?withdrawal=requested&matter=all&sort=-updated_at')
  await expect(page.getByTestId('filing-row').first()).toBeVisible()
}

test.describe('withdrawal asked by the person (manual 3.2.5)', () => {
  test('seen on the row and in a list of its own; agreed @phone', async ({ page }, info) => {
    await signIn(page, firms.rich)
    const [one] = await asked(page, 1)
    await page.goto('/filings?matter=all')
    await page.getByRole('button', { name: /申请撤回，待答复/ }).click()
    await expect(page).toHaveURL(/withdrawal=requested/)
    await expect(row(page, one!)).toContainText('申请撤回，待企业同意')
    await picture(page, info, 'withdrawals')
    await figure(page, 'withdrawals')
    await accessible(page, 'withdrawals to answer')

    await row(page, one!).getByRole('link').click()
    await expect(page.getByTestId('withdrawal-request')).toContainText('个人工作变动，申请撤回')
    await picture(page, info, 'withdrawal-detail')
    await figure(page, 'withdrawal-detail')
    await accessible(page, 'filing with a withdrawal')
    await page.getByTestId('act-agree_withdrawal').click()
    await expect(page.getByRole('dialog')).toContainText(one!.name)
    await picture(page, info, 'withdrawal-agree')
    await figure(page, 'withdrawal-agree')
    await accessible(page, 'agreeing to a withdrawal')
    await page.getByTestId('agree-withdrawal-confirm').click()
    await expect(page.getByText('已同意撤回 1 条申报')).toBeVisible()
    await expect(page.locator('main')).toContainText('已撤回')
    await picture(page, info, 'withdrawal-agreed')
    const told = await exchange<{ status: string; last_withdrawal: { state: string } }>(page.request, 'person', 'GET', `/exchange/filings/${one!.id}`)
    expect([told.status, told.last_withdrawal.state]).toEqual(['withdrawn', 'agreed'])
  })

  test('declined with a reason, which the person is told; asked again', async ({ page }, info) => {
    await signIn(page, firms.rich)
    const [one] = await asked(page, 1)
    await toAnswer(page)
    await row(page, one!).getByTestId('act-decline_withdrawal').click()
    await page.getByTestId('decline-withdrawal-confirm').click()
    await expect(page.getByText('请填写不同意的原因')).toBeVisible()
    await page.getByTestId('decline-withdrawal-reason').fill('请致电 13812345678')
    await expect(page.getByText('不同意的原因中似乎含有证件号码或手机号码')).toBeVisible()
    await accessible(page, 'declining a withdrawal')
    await page.getByTestId('decline-withdrawal-reason').fill('项目需要，经与本人沟通继续办理')
    await picture(page, info, 'withdrawal-decline')
    await figure(page, 'withdrawal-decline')
    await page.getByTestId('decline-withdrawal-confirm').click()
    await expect(page.getByText('已答复不同意撤回 1 条申报')).toBeVisible()
    await expect(row(page, one!)).toHaveCount(0)
    const told = await exchange<{ status: string; last_withdrawal: { answer: string } }>(page.request, 'person', 'GET', `/exchange/filings/${one!.id}`)
    expect([told.status, told.last_withdrawal.answer]).toEqual(['province_pending', '项目需要，经与本人沟通继续办理'])
    await ask(page, one!)
    await page.goto(`/filings/${one!.id}`)
    await expect(page.getByTestId('withdrawal-request')).toHaveCount(2)
    await picture(page, info, 'withdrawal-again')
  })

  test('a batch is answered at once', async ({ page }, info) => {
    await signIn(page, firms.rich)
    const filed = await asked(page, 3)
    await toAnswer(page)
    for (const f of filed) await row(page, f).getByRole('checkbox').check()
    await page.getByTestId('agree-selected').click()
    await expect(page.getByRole('dialog')).toContainText('同意撤回 3 条申报')
    await page.getByTestId('agree-withdrawal-confirm').click()
    await expect(page.getByText('已同意撤回 3 条申报')).toBeVisible()
    await picture(page, info, 'withdrawals-agreed')
    await figure(page, 'withdrawals-agreed')
  })

  test('void once the authority was first: the clerk, who had it open, is told by name', async ({ page, context }, info) => {
    await signIn(page, firms.rich)
    const [one] = await asked(page, 1)
    await toAnswer(page)
    await row(page, one!).getByTestId('act-agree_withdrawal').click()
    await expect(page.getByTestId('agree-withdrawal-confirm')).toBeVisible()
    await decide(page.request, 'province', 'accept', [one!])
    await page.getByTestId('agree-withdrawal-confirm').click()
    await expect(page.getByRole('dialog')).toContainText('省级已受理')
    await expect(page.getByRole('dialog')).toContainText('全部没有办理')
    await picture(page, info, 'withdrawal-refused')
    const second = await context.newPage()
    await second.goto(`/filings/${one!.id}`)
    await expect(second.getByTestId('withdrawal-request')).toContainText('主管部门已先行办理，撤回申请失效')
    await picture(second, info, 'withdrawal-void')
    await figure(second, 'withdrawal-void')
    await accessible(second, 'a void withdrawal')
  })

  test('in English @phone', async ({ page }, info) => {
    await signIn(page, firms.rich)
    await asked(page, 1)
    await page.getByTestId('language-switch').click()
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    await toAnswer(page)
    await picture(page, info, 'withdrawals-en')
    await accessible(page, 'withdrawals in English')
    await page.getByTestId('filing-row').first().getByTestId('act-decline_withdrawal').click()
    await expect(page.getByRole('dialog')).toContainText('Decline to withdraw 1 filing')
    await picture(page, info, 'withdrawal-decline-en')
    await accessible(page, 'declining in English')
  })
})
