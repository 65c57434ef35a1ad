import { expect, test, type Page } from '@playwright/test'
import { accessible, figure, firms, picture, signIn } from './support'

async function choose(page: Page, label: string, option: string) {
  // The list opens by keyboard; the placeholder lies over the input itself.
  await page.getByLabel(label).first().focus()
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: option, exact: true }).first().click()
}

/** What a clerk has to fill in at the first visit. */
async function fillIn(page: Page) {
  await page.getByLabel('注册地址').fill('成都市锦江区东大街1号')
  await choose(page, '省（自治区、直辖市）', '四川省')
  await page.getByLabel('市', { exact: true }).fill('成都市')
  await page.getByLabel('成立日期').fill('2019-04-01')
  await page.getByLabel('成立日期').press('Enter')
  await page.getByLabel('注册资本（万元）').fill('500')
  await page.getByLabel('登记机关').fill('成都市锦江区市场监督管理局')
  await choose(page, '经济性质', '有限责任公司')
  await page.getByText('勘察设计', { exact: true }).click()
  await expect(page.getByRole('checkbox', { name: '勘察设计' })).toBeChecked()
  await page.getByLabel('联系人').fill('何敏')
  await page.getByLabel('手机号码').fill('13800138000')
  await page.getByLabel('通信地址').fill('成都市锦江区东大街1号')
  await page.getByLabel('邮政编码').fill('610021')
}

test.describe('basic information (manual 3.1)', () => {
  test('the first visit: nothing can be filed until it is saved; errors stand at their fields; nothing typed is lost', async ({ page }, info) => {
    await signIn(page, firms.fresh)
    await expect(page.getByText('首次使用，请先完成企业基本信息')).toBeVisible()
    await picture(page, info, 'enterprise-first')
    await figure(page, 'enterprise-first')
    await accessible(page, 'basic information, first visit')

    await page.getByTestId('save-enterprise').click()
    await expect(page.getByRole('alert').first()).toBeVisible()
    await picture(page, info, 'enterprise-errors')
    await figure(page, 'enterprise-errors')
    await accessible(page, 'basic information with errors')

    await fillIn(page)
    await page.getByLabel('手机号码').fill('12345')
    await page.getByTestId('save-enterprise').click()
    await expect(page.getByText('手机号应为 11 位').first()).toBeVisible()
    await expect(page.getByLabel('注册地址')).toHaveValue('成都市锦江区东大街1号')

    // A reload in the middle of typing: the draft comes back.
    await page.reload()
    await expect(page.getByText('已恢复您上次未保存的内容')).toBeVisible()
    await expect(page.getByLabel('注册地址')).toHaveValue('成都市锦江区东大街1号')

    await page.getByLabel('手机号码').fill('13800138000')
    await page.getByTestId('save-enterprise').click()
    await expect(page.getByText('企业基本信息已保存')).toBeVisible()
    await picture(page, info, 'enterprise-saved')
    await figure(page, 'enterprise-saved')
    await page.reload()
    await expect(page.getByLabel('登记机关')).toHaveValue('成都市锦江区市场监督管理局')
  })

  test('two clerks cannot overwrite each other', async ({ page, browser }, info) => {
    await signIn(page, firms.survey)
    const colleague = await (await browser.newContext()).newPage()
    await signIn(colleague, firms.survey)
    await colleague.getByLabel('联系人').fill('同事先保存')
    await colleague.getByTestId('save-enterprise').click()
    await expect(colleague.getByText('企业基本信息已保存')).toBeVisible()
    await colleague.context().close()

    await page.getByLabel('联系人').fill('我后保存')
    await page.getByTestId('save-enterprise').click()
    await expect(page.getByText('其他人刚刚保存了企业基本信息')).toBeVisible()
    await picture(page, info, 'enterprise-conflict')
    await accessible(page, 'conflict dialog')
    await page.getByRole('button', { name: '采用所选内容' }).click()
    await page.getByTestId('save-enterprise').click()
    await expect(page.getByText('企业基本信息已保存')).toBeVisible()
  })

  test('a name that drifted at the login is shown @phone', async ({ page }, info) => {
    await signIn(page, firms.renamed)
    await expect(page.getByText('登录信息与系统中的企业信息不一致')).toBeVisible()
    await picture(page, info, 'enterprise-drift')
    await accessible(page, 'basic information with drift')
  })
})
