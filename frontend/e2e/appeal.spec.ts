import { expect, test, type APIRequestContext, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { employers, exchange, today, type Firm } from './exchange'
import { accessible, figure, firms, picture, signIn } from './support'

const rows = (page: Page) => page.getByTestId('appeal-row')
const state = (page: Page) => page.getByTestId('save-state')
const statement = (page: Page) => page.getByLabel('申辩说明')
const sheet = '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\n'
const pdf = (name: string) => ({
  name,
  mimeType: 'application/pdf',
  buffer: Buffer.from(`${sheet}xref\n0 1\n0000000000 65535 f \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n${sheet.length}\n%%EOF\n`),
})

interface Finding { id: string; reference: string; name: string }

/** Pushes a finding as the ministry does, about somebody whom no other test knows. */
async function push(request: APIRequestContext, firm: Firm, more: Record<string, unknown> = {}): Promise<Finding> {
  const ref = randomUUID()
  const name = `申辩${[...ref.replace(/\D/g, '')].slice(0, 4).map((d) => '零一二三四五六七八九'[Number(d)]).join('')}`
  const done = await exchange<{ id: string; reference: string }>(request, 'ministry', 'POST', '/exchange/findings', {
    finding_ref: ref,
    unified_social_credit_code: employers[firm][0],
    person: { name, certificate_number: 'S201900001' },
    kind: 'insurance_mismatch',
    facts: '2026 年 10 月社会保险由其他单位缴纳，与注册单位不一致。',
    source: '社会保险数据比对',
    found_on: await today(request),
    attachments: [],
    ...more,
  })
  return { ...done, name }
}

async function choose(page: Page, reason: string) {
  await page.getByRole('radio', { name: new RegExp(`^${reason}`) }).check({ force: true })
}

async function upload(page: Page, proof: string, ...names: string[]) {
  await page.locator(`#field-evidence-${proof}`).setInputFiles(names.map(pdf))
  for (const name of names) await expect(page.getByRole('button', { name: `查看 ${name}` })).toBeVisible()
}

/** Header and save bar stay in sight, so for a picture of the whole page the window gets as high as the page. */
async function tall(page: Page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ width: page.viewportSize()!.width, height })
}
const usual = (page: Page) => page.setViewportSize({ width: page.viewportSize()!.width, height: 800 })

const saved = (page: Page) => expect(state(page)).toContainText('草稿已保存')

test.describe('appeals (manual 3.5)', () => {
  test('list, query and a finding with its clock @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/appeals')
    await expect(rows(page).first()).toBeVisible()
    await expect(rows(page).filter({ hasText: /剩 \d+ 天（\d+ 个工作日）/ }).first()).toBeVisible()
    await picture(page, info, 'appeals')
    await figure(page, 'appeals')
    await accessible(page, 'list of findings')

    await page.getByRole('button', { name: /^申辩成立/ }).click()
    await expect(page).toHaveURL(/state=upheld/)
    await expect(rows(page).first()).toContainText('申辩成立')
    await page.goto('/appeals?name=无此人')
    await expect(page.getByText('没有符合条件的异常信息')).toBeVisible()
    await picture(page, info, 'appeals-none')

    await page.goto('/appeals?state=awaiting_statement')
    await rows(page).first().getByRole('link').click()
    await expect(page.getByRole('heading', { name: '异常信息', exact: true })).toBeVisible()
    await expect(page.getByText('《行政许可法》第七条、第三十六条')).toBeVisible()
    await page.getByRole('button', { name: '查看 数据比对结果.pdf' }).click()
    await expect(page.getByRole('dialog').locator('iframe')).toBeVisible()
    await page.getByRole('dialog').getByRole('button', { name: '关闭' }).last().click()
    await expect(page.getByRole('dialog')).toBeHidden()
    await tall(page)
    await picture(page, info, 'appeal')
    await usual(page)
    await accessible(page, 'a finding that awaits its statement')
  })

  test('from the finding to the outcome: a draft that saves itself, evidence, check, confirmation @phone', async ({ page, request }, info) => {
    const finding = await push(request, 'lingnan')
    await signIn(page, firms.survey)
    await page.goto(`/appeals?name=${encodeURIComponent(finding.name)}`)
    await rows(page).getByRole('link', { name: /^申辩/ }).click()
    await choose(page, '正式退休')
    await expect(page.getByText('必需，尚未上传')).toHaveCount(2)
    await statement(page).fill('该同志已正式退休，现由我单位返聘，联系电话 13812345678。')
    await expect(page.getByText('说明中似乎含有证件号码或手机号码')).toBeVisible()
    await tall(page)
    await picture(page, info, 'appeal-personal')
    await usual(page)
    await page.getByTestId('mask-numbers').click()
    await expect(statement(page)).toHaveValue(/138\*{4}5678/)
    await upload(page, 'retirement_certificate', '退休证.pdf')
    await saved(page)

    // Nothing typed is lost over a reload.
    await page.reload()
    await expect(statement(page)).toHaveValue(/现由我单位返聘/)
    await expect(page.getByRole('button', { name: '查看 退休证.pdf' })).toBeVisible()

    await page.getByTestId('check-appeal').click()
    await expect(page.getByRole('alert').first()).toContainText('缺少证明材料：劳动合同或聘用协议')
    await tall(page)
    await picture(page, info, 'appeal-missing')
    await usual(page)
    await accessible(page, 'statement with something missing')
    await upload(page, 'employment_contract', '返聘协议.pdf', '返聘协议续页.pdf')
    await page.getByRole('button', { name: '删除 返聘协议续页.pdf' }).click()
    await expect(page.getByRole('button', { name: '查看 返聘协议续页.pdf' })).toHaveCount(0)
    await saved(page)
    await tall(page)
    await picture(page, info, 'appeal-draft')
    await figure(page, 'appeal-draft')
    await usual(page)
    await accessible(page, 'complete draft')

    await page.getByTestId('check-appeal').click()
    await page.waitForURL('**/check')
    await expect(page.getByText('返聘协议.pdf')).toBeVisible()
    await picture(page, info, 'appeal-check')
    await figure(page, 'appeal-check')
    await accessible(page, 'check your answers')
    await page.getByTestId('submit-appeal').click()
    await expect(page.getByText('请先勾选确认')).toBeVisible()
    await page.getByText('本公司确认以上申辩说明和证明材料真实、完整').click()
    await page.getByTestId('submit-appeal').click()
    await page.waitForURL('**/submitted')
    await expect(page.getByTestId('appeal-reference')).toHaveText(finding.reference)
    await picture(page, info, 'appeal-submitted')
    await figure(page, 'appeal-submitted')
    await accessible(page, 'confirmation')

    const seen = await exchange<{ step: number; statement: string; evidence: unknown[] }>(request, 'ministry', 'GET', `/exchange/findings/${finding.id}`)
    expect(seen.statement).toContain('返聘')
    expect(seen.evidence).toHaveLength(2)
    await exchange(request, 'ministry', 'POST', `/exchange/findings/${finding.id}/outcome`, { outcome_ref: randomUUID(), outcome: 'upheld', reason: '证明材料齐全，异常信息解除。' })
    await page.goto(`/appeals/${finding.id}`)
    await expect(page.getByText('证明材料齐全，异常信息解除。').first()).toBeVisible()
    await expect(page.getByTestId('check-appeal')).toHaveCount(0)
    await picture(page, info, 'appeal-upheld')
    await figure(page, 'appeal-upheld')
    await accessible(page, 'outcome')
  })

  test('two clerks, one draft: both texts are shown, and nothing is lost', async ({ page, request, browser }, info) => {
    const finding = await push(request, 'lingnan')
    await signIn(page, firms.survey)
    await page.goto(`/appeals/${finding.id}`)
    await expect(statement(page)).toBeVisible()
    const colleague = await (await browser.newContext()).newPage()
    await signIn(colleague, firms.survey)
    await colleague.goto(`/appeals/${finding.id}`)
    await statement(colleague).fill('同事先写的说明，内容比较完整。')
    await saved(colleague)
    await colleague.context().close()

    await statement(page).fill('我后写的说明，内容也很完整。')
    const dialog = page.getByRole('dialog', { name: '同事先保存了草稿' })
    await expect(dialog).toContainText('同事先写的说明')
    await expect(dialog).toContainText('我后写的说明')
    await picture(page, info, 'appeal-conflict')
    await accessible(page, 'two drafts')
    await page.getByTestId('keep-mine').click()
    await saved(page)
    await page.reload()
    await expect(statement(page)).toHaveValue('我后写的说明，内容也很完整。')
  })

  test('without a connection the draft stays in the page and is saved when there is one again', async ({ page, request, context }, info) => {
    const finding = await push(request, 'lingnan')
    await signIn(page, firms.survey)
    await page.goto(`/appeals/${finding.id}`)
    await choose(page, '数据错误')
    await saved(page)
    await context.setOffline(true)
    await statement(page).fill('断网时写的说明，不应丢失任何一个字。')
    await expect(state(page)).toContainText('暂时无法保存到服务器')
    await tall(page)
    await picture(page, info, 'appeal-offline')
    await usual(page)
    await context.setOffline(false)
    await saved(page)

    // A file that does not arrive can be sent again.
    let broken = true
    await page.route('**/api/v1/attachments', (route) => (broken ? route.abort() : route.continue()))
    await page.locator('#field-evidence-data_error_proof').setInputFiles(pdf('更正证明.pdf'))
    await expect(page.getByRole('button', { name: '重试 更正证明.pdf' })).toBeVisible()
    await tall(page)
    await picture(page, info, 'appeal-upload-failed')
    await usual(page)
    await accessible(page, 'a file that did not arrive')
    broken = false
    await page.getByRole('button', { name: '重试 更正证明.pdf' }).click()
    await expect(page.getByRole('button', { name: '查看 更正证明.pdf' })).toBeVisible()
    await saved(page)

    // Typed and left at once: the draft is saved on the way out.
    await statement(page).fill('离开前最后写的一句说明。')
    await page.getByRole('link', { name: '返回申辩管理' }).click()
    await page.waitForURL(/\/appeals(\?|$)/)
    await page.goto(`/appeals/${finding.id}`)
    await expect(statement(page)).toHaveValue('离开前最后写的一句说明。')
  })

  test('overdue, rejected, and in English @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/appeals?state=overdue')
    await rows(page).first().getByRole('link').click()
    await expect(page.getByText('将注明“逾期提交”')).toBeVisible()
    await expect(statement(page)).toBeVisible()
    await tall(page)
    await picture(page, info, 'appeal-overdue')
    await figure(page, 'appeal-overdue')
    await usual(page)
    await accessible(page, 'overdue finding')
    await page.goto('/appeals?state=rejected')
    await rows(page).first().getByRole('link').click()
    await expect(page.getByText('后续处理：限期整改')).toBeVisible()
    await picture(page, info, 'appeal-rejected')
    await accessible(page, 'rejected appeal')

    await page.getByRole('button', { name: 'Switch to English' }).click()
    await expect(page.getByText('What follows: To be put right in time')).toBeVisible()
    await page.goto('/appeals')
    await expect(rows(page).first()).toBeVisible()
    await picture(page, info, 'appeals-en')
    await accessible(page, 'list of findings in English')
    await page.goto('/appeals?state=awaiting_statement')
    await rows(page).first().getByRole('link').click()
    await expect(page.getByRole('heading', { name: 'Statement', exact: true })).toBeVisible()
    await tall(page)
    await picture(page, info, 'appeal-en')
    await usual(page)
    await accessible(page, 'a finding in English')
  })
})
