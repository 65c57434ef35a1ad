// The whole manual, from registering a firm to the help lines, in its order, by one firm that nobody else uses. What other
// people's systems do – the person's, the province's, the ministry's, the registers' – they do through their own doors.
// docs/manual-coverage.md maps each sentence of the manual to a step here; a test compares the two.
import { expect, test, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { decide, deliver, employers, exchange, register, submit, today, type Filed } from './exchange'
import { advance, fillLogin, loginURL, password, registerFirm } from './support'

const firm = { name: '成都蓉建检测设计有限公司', renamed: '成都蓉建工程科技有限公司', user: 'rongjian', code: employers.rongjian[0] }
const number = `A1${employers.rongjian[1]}8` // 资质证书编号: characters 3 to 9 are the firm's own code

/** A picture of one point: a file that the product takes. */
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

const rows = (page: Page) => page.getByTestId('filing-row')
const row = (page: Page, filed: Filed) => page.locator(`[data-testid=filing-row][data-id="${filed.id}"]`)
const search = (page: Page) => page.getByRole('button', { name: '查询', exact: true }).click()

async function choose(page: Page, label: string, option: string) {
  await page.getByLabel(label).first().focus()
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: option, exact: true }).first().click()
}

async function list(page: Page) {
  await page.goto('/filings?matter=all&sort=-delivered_at&limit=50')
  await expect(rows(page).first()).toBeVisible()
}

async function tick(page: Page, ...filed: Filed[]) {
  for (const f of filed) await row(page, f).getByRole('checkbox').check()
}

/** Opens the letter for what is ticked, lets its time pass, ticks and confirms. */
async function sign(page: Page) {
  await page.getByTestId('submit-selected').click()
  await expect(page.getByTestId('commitment-timer')).toContainText('秒后可勾选确认')
  await advance(page, 60)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await expect(page.getByTestId('commitment-timer')).toContainText('阅读时间已满')
  await page.getByTestId('commitment-agree').check()
  await page.getByTestId('commitment-confirm').click()
  await page.waitForURL('**/filings/submitted/**')
}

/** Looks for one person on a page with a list and its query form. */
async function find(page: Page, path: string, testid: string, name: string) {
  await page.goto(path)
  await page.getByLabel('姓名').first().fill(name)
  await search(page)
  await expect(page).toHaveURL(/name=/)
  await expect(page.getByTestId(testid)).toHaveCount(1)
  await expect(page.getByTestId(testid)).toContainText(name)
}

test('the manual, from 2.1 to 4', async ({ page, request }) => {
  test.setTimeout(600_000)
  const step = test.step
  const filed: Filed[] = []

  await step('2.1 a legal person registers at the national login', async () => {
    await registerFirm(page, firm)
  })
  await step('2.1 the account that was registered signs in', async () => {
    await page.locator('#to-login').click()
    await fillLogin(page, firm.user)
    await page.waitForURL('**/enterprise')
    await page.getByTestId('sign-out').click()
    await page.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
    await page.waitForURL('**/signed-out')
  })

  await step('2.2 the portal offers the two matters', async () => {
    await page.goto('/')
    await expect(page.getByRole('heading', { name: '一级注册结构工程师和其他专业勘察设计注册工程师执业资格认定（聘用企业）' })).toBeVisible()
    await expect(page.getByRole('heading', { name: '一级注册建筑师执业资格认定（聘用企业）' })).toBeVisible()
  })
  await step('2.2 a matter leads to the national login', async () => {
    await page.getByTestId('matter-engineers').click()
    await page.waitForURL(`${loginURL}/**`)
    for (const field of ['#username', '#password', '#captcha']) await expect(page.locator(field)).toBeVisible()
  })
  await step('2.2 user name, password and captcha sign in', async () => {
    await fillLogin(page, firm.user, password, '????')
    await expect(page.locator('#captcha-error')).toBeVisible()
    await fillLogin(page, firm.user)
  })
  await step('2.2 signing in lands on the basic information', async () => {
    await page.waitForURL('**/enterprise')
    await expect(page.getByRole('heading', { level: 1, name: '企业基本信息' })).toBeVisible()
  })

  await step('3.1 name and credit code come from the registration and cannot be typed', async () => {
    const main = page.locator('main')
    await expect(main.getByText(firm.name)).toBeVisible()
    await expect(main.getByText(firm.code)).toBeVisible()
    await expect(main.getByLabel('企业名称')).toHaveCount(0)
    await expect(main.getByLabel('统一社会信用代码')).toHaveCount(0)
  })
  await step('3.1 before the first save nothing can be filed', async () => {
    await expect(page.getByText('保存企业基本信息后，方可申报注册信息。')).toBeVisible()
    await page.goto('/filings')
    await expect(page.getByText('请先填写并保存企业基本信息')).toBeVisible()
    await expect(deliver(request, { firm: 'rongjian' })).rejects.toThrow(/enterprise\.basic_information_missing/)
  })
  await step('3.1 the rest is filled in and saved', async () => {
    await page.goto('/enterprise')
    await page.getByLabel('注册地址').fill('成都市武侯区人民南路四段1号')
    await choose(page, '省（自治区、直辖市）', '四川省')
    await page.getByLabel('市', { exact: true }).fill('成都市')
    await page.getByLabel('成立日期').fill('2019-04-01')
    await page.getByLabel('成立日期').press('Enter')
    await page.getByLabel('注册资本（万元）').fill('800')
    await page.getByLabel('登记机关').fill('成都市武侯区市场监督管理局')
    await choose(page, '经济性质', '有限责任公司')
    await page.getByText('检测单位', { exact: true }).click()
    await page.getByLabel('联系人').fill('何敏')
    await page.getByLabel('手机号码').fill('13800138000')
    await page.getByTestId('save-enterprise').click()
    await expect(page.getByText('企业基本信息已保存')).toBeVisible()
  })

  await step('3.2 what persons deliver appears in filing management', async () => {
    for (let i = 0; i < 6; i++) filed.push(await deliver(request, { firm: 'rongjian' }))
    await list(page)
    for (const f of filed) await expect(row(page, f)).toContainText('未上报')
  })
  await step('3.2.1 a row leads to the detail of the filing', async () => {
    await row(page, filed[0]!).getByRole('link', { name: /^查看/ }).click()
    await expect(page.getByRole('heading', { level: 1, name: `${filed[0]!.name} 的注册申报` })).toBeVisible()
    for (const section of ['个人信息', '执业资格', '聘用情况', '申报材料', '办理过程']) await expect(page.getByRole('heading', { name: section, exact: true })).toBeVisible()
  })

  await step('3.2.2 submitting opens the commitment letter', async () => {
    await list(page)
    await tick(page, filed[0]!)
    await page.getByTestId('submit-selected').click()
    await expect(page.getByRole('dialog')).toContainText('企业承诺书')
    await expect(page.getByTestId('commitment-agree')).toBeDisabled()
    await expect(page.getByTestId('commitment-timer')).toContainText(/\d+ 秒后可勾选确认/)
  })
  await step('3.2.2 after sixty seconds the tick and the confirmation submit', async () => {
    await advance(page, 60)
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.getByTestId('commitment-agree').check()
    await expect(page.getByRole('dialog').getByText('本公司作出上述承诺', { exact: true })).toBeVisible()
    await page.getByTestId('commitment-confirm').click()
    await page.waitForURL('**/filings/submitted/**')
    await expect(page.getByRole('heading', { name: '上报成功' })).toBeVisible()
  })
  await step('3.2.2 several are submitted at once', async () => {
    await list(page)
    await tick(page, filed[1]!, filed[2]!)
    await sign(page)
    await expect(page.getByText('已上报 2 条申报')).toBeVisible()
  })
  await step('3.2.2 submitting again is answered by a dialog', async () => {
    await list(page)
    await tick(page, filed[0]!)
    await page.getByTestId('submit-selected').click()
    await expect(page.getByRole('dialog')).toContainText('不能上报')
    await expect(page.getByRole('dialog')).toContainText('省级未受理')
  })

  await step('3.2.3 a filing is returned with a reason', async () => {
    await list(page)
    await tick(page, filed[3]!)
    await page.getByTestId('return-selected').click()
    await page.getByTestId('return-reason').fill('劳动合同签字页缺失')
    await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
    await expect(page.getByText('已退回 1 条申报')).toBeVisible()
  })
  await step('3.2.3 several are returned at once', async () => {
    await list(page)
    await tick(page, filed[4]!, filed[5]!)
    await page.getByTestId('return-selected').click()
    await page.getByTestId('return-reason').fill('申报材料不清晰')
    await page.getByTestId('return-confirm').click()
    await expect(page.getByText('已退回 2 条申报')).toBeVisible()
  })
  await step('3.2.3 what was returned is not in the list', async () => {
    await list(page)
    await expect(row(page, filed[0]!)).toBeVisible()
    for (const f of filed.slice(3)) await expect(row(page, f)).toHaveCount(0)
  })
  await step('3.2.4 filings are found by query', async () => {
    await find(page, '/filings?matter=all', 'filing-row', filed[1]!.name)
  })

  const ask = (f: Filed) => exchange(request, 'person', 'POST', `/exchange/filings/${f.id}/withdrawal`, { withdrawal_ref: randomUUID(), reason: '个人工作变动，申请撤回' })
  await step('3.2.5 a person asks to withdraw at the province and at the ministry', async () => {
    await ask(filed[0]!)
    await decide(request, 'province', 'accept', [filed[1]!])
    await expect(ask(filed[1]!)).rejects.toThrow(/filing\.cannot_be_withdrawn/)
    await decide(request, 'province', 'forward', [filed[1]!])
    await ask(filed[1]!)
    await page.goto('/filings?matter=all&withdrawal=requested')
    await expect(row(page, filed[0]!)).toContainText('省级未受理')
    await expect(row(page, filed[1]!)).toContainText('部级未受理')
  })
  await step('3.2.5 the enterprise agrees and the filing is withdrawn', async () => {
    await tick(page, filed[0]!, filed[1]!)
    await page.getByTestId('agree-selected').click()
    await page.getByTestId('agree-withdrawal-confirm').click()
    await expect(page.getByText('已同意撤回 2 条申报')).toBeVisible()
    await page.goto('/filings?matter=all&status=withdrawn')
    for (const f of filed.slice(0, 2)) await expect(row(page, f)).toContainText('已撤回')
  })

  const control = async (method: string, path: string, data?: unknown) => {
    const answer = await request.fetch(`${loginURL}/control/registers${path}`, { method, data })
    expect(answer.ok(), await answer.text()).toBeTruthy()
  }
  let pre: Filed[] = []
  await step('3.2.6 a submitted pre-registration offers to supplement the qualification', async () => {
    pre = [await deliver(request, { firm: 'rongjian', preRegistration: true }), await deliver(request, { firm: 'rongjian', preRegistration: true })]
    await list(page)
    await expect(row(page, pre[0]!).getByTestId('supplement-row')).toHaveCount(0)
    await submit(page, pre.map((f) => f.id))
    await list(page)
    for (const f of pre) await expect(row(page, f).getByTestId('supplement-row')).toHaveText('补正资质')
  })
  await step('3.2.6 a qualification that the register knows is chosen', async () => {
    await control('POST', '/certificates', { unified_social_credit_code: firm.code, certificate: {
      number, title: '建设工程质量检测', category: 'other', grade: 'none', issuing_authority: '四川省住房和城乡建设厅',
      issued_on: await today(request, -1), valid_until: await today(request, 1800), holder: firm.name } })
    await row(page, pre[0]!).getByTestId('supplement-row').click()
    await expect(page.getByRole('dialog')).toContainText(number)
    await page.getByTestId('supplement-confirm').click()
    await expect(page.getByText('已为 1 条申报补正资质')).toBeVisible()
  })
  await step('3.2.6 where the register finds none, number and scan are given by hand', async () => {
    await control('DELETE', `/certificates/${firm.code}`)
    await list(page)
    await row(page, pre[1]!).getByTestId('supplement-row').click()
    await expect(page.getByRole('dialog')).toContainText('未查到')
    await page.getByTestId('supplement-number').fill(number)
    await page.locator('#supplement-scan').setInputFiles({ name: '资质副本.png', mimeType: 'image/png', buffer: png })
    await expect(page.getByRole('dialog')).toContainText('资质副本.png')
    await page.getByTestId('supplement-confirm').click()
    await expect(page.getByText('已为 1 条申报补正资质')).toBeVisible()
  })

  const [expiring, lasting] = [await deliver(request, { firm: 'rongjian' }), await deliver(request, { firm: 'rongjian', profession: 'geotechnical' })]
  await step('3.3 an approved person is among the registrants', async () => {
    // One of them ends in sixty days, so that it is also among the warnings.
    await register(page, [expiring], { valid_from: await today(request, -1000), valid_until: await today(request, 60) })
    await register(page, [lasting])
    await page.goto('/registrants?matter=all')
    for (const f of [expiring, lasting]) await expect(page.getByTestId('registrant-row').filter({ hasText: f.name })).toContainText('有效')
  })
  await step('3.3.1 registrants are found by query', async () => {
    await find(page, '/registrants?matter=all', 'registrant-row', lasting.name)
  })
  await step('3.3.2 the export says that it succeeded', async () => {
    await page.getByTestId('export').click()
    await page.getByTestId('export-start').click()
    await expect(page.getByTestId('export-done')).toContainText('导出成功')
  })

  await step('3.4 who expires soon is among the warnings', async () => {
    await page.goto('/warnings?matter=all')
    await expect(page.getByTestId('warning-row').filter({ hasText: expiring.name })).toContainText('60 天')
    await expect(page.getByTestId('warning-row').filter({ hasText: lasting.name })).toHaveCount(0)
  })
  await step('3.4.1 warnings are found by query', async () => {
    await find(page, '/warnings?matter=all', 'warning-row', expiring.name)
  })

  await step('3.5 a finding is among the appeals', async () => {
    await exchange(request, 'ministry', 'POST', '/exchange/findings', {
      finding_ref: randomUUID(), unified_social_credit_code: firm.code, person: { name: lasting.name, id_number: lasting.idNumber },
      kind: 'insurance_mismatch', facts: '2026 年 10 月社会保险由其他单位缴纳，与注册单位不一致。', source: '社会保险数据比对',
      found_on: await today(request), attachments: [],
    })
    await page.goto('/appeals')
    await expect(page.getByTestId('appeal-row').filter({ hasText: lasting.name })).toContainText('待申辩')
  })
  await step('3.5 the enterprise states its case', async () => {
    await page.getByTestId('appeal-row').getByRole('link', { name: new RegExp(lasting.name) }).first().click()
    await page.locator('label').filter({ hasText: /^数据错误/ }).click()
    await page.getByLabel('申辩说明').fill('该同志的社会保险一直由我单位缴纳，比对所用的数据有误，请予核实。')
    const proofs = page.locator('input[type=file][id^="field-evidence-"]')
    for (let i = 0; i < (await proofs.count()); i++) {
      await proofs.nth(i).setInputFiles({ name: `证明${i + 1}.png`, mimeType: 'image/png', buffer: png })
      await expect(page.getByRole('button', { name: `查看 证明${i + 1}.png` })).toBeVisible()
    }
    await expect(page.getByTestId('save-state')).toContainText('草稿已保存')
    await page.getByTestId('check-appeal').click()
    await page.waitForURL('**/check')
    await page.getByText(/^本公司确认以上申辩说明和证明材料真实、完整/).click()
    await page.getByTestId('submit-appeal').click()
    await page.waitForURL('**/submitted')
    await expect(page.getByTestId('appeal-reference')).toBeVisible()
  })

  await step('3.6 what happened is among the messages', async () => {
    await page.goto('/messages')
    await expect(page.getByText(lasting.name).first()).toBeVisible()
  })

  await step('3.7 a new rename shows the present and the former name, looked up', async () => {
    await control('POST', '/names', { unified_social_credit_code: firm.code, name: firm.renamed })
    await page.goto('/renames')
    await page.getByTestId('rename-new').click()
    await expect(page.getByTestId('new-name')).toHaveText(firm.renamed)
    await expect(page.getByTestId('old-name')).toHaveText(firm.name)
  })
  await step('3.7 while a filing is open no rename can be made', async () => {
    await expect(page.getByTestId('rename-denied')).toContainText('3 件正在办理的申报')
    await expect(page.getByTestId('rename-blockers').getByRole('link')).toHaveCount(3)
    await expect(page.getByTestId('rename-submit')).toHaveCount(0)
    await decide(request, 'province', 'refuse', [filed[2]!, ...pre])
  })
  await step('3.7 such an industry must upload the renamed copy', async () => {
    await page.reload()
    await expect(page.getByText('请先上传更名后的企业资质副本')).toBeVisible()
    await expect(page.getByTestId('rename-submit')).toBeDisabled()
    await page.locator('#rename-copy').setInputFiles({ name: '更名后资质副本.png', mimeType: 'image/png', buffer: png })
    await expect(page.getByText('更名后资质副本.png')).toBeVisible()
  })
  await step('3.7 the rename is submitted', async () => {
    await page.getByTestId('rename-submit').click()
    await expect(page.getByTestId('rename-reference')).toContainText(/GM\d+/)
  })

  await step('4 the help lines are shown', async () => {
    await page.goto('/help')
    for (const line of ['010-88019251', '010-88019252', '010-88361866', '010-63369167', '010-62006282', '010-64820640']) await expect(page.getByText(line)).toBeVisible()
  })
})
