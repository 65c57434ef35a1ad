import { expect, test, type Page } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { accessible, figure, firms, picture, signIn } from './support'
import { rowsOf } from './workbook'

/** Presses download and reads what came. */
async function downloaded(page: Page, press: () => Promise<void>) {
  const waiting = page.waitForEvent('download')
  await press()
  const file = await waiting
  expect(file.suggestedFilename()).toMatch(/\.xlsx$/)
  return readFile(await file.path())
}

test.describe('export (manual 3.3.2)', () => {
  test('exactly what the list shows, at once @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/filings?status=pending_submission&matter=all&sort=person_name&limit=200')
    const rows = page.getByTestId('filing-row')
    await expect(rows.first()).toBeVisible()
    const shown = await rows.locator(info.project.name === 'phone' ? 'strong' : 'th').allInnerTexts()
    const names = shown.map((text) => text.split('\n')[0]!.trim())

    await page.getByTestId('export').click()
    const dialog = page.getByRole('dialog', { name: '导出为 Excel' })
    await expect(dialog.getByTestId('export-count')).toContainText(`将导出 ${names.length} 条记录`)
    await expect(dialog).toContainText('未上报')
    await picture(page, info, 'export-ask')
    await accessible(page, 'export dialog')
    await dialog.getByTestId('export-start').click()
    await expect(dialog.getByTestId('export-done')).toContainText('导出成功', { timeout: 15_000 })
    await expect(dialog.getByTestId('export-download')).toBeFocused()
    await picture(page, info, 'export-done')
    await accessible(page, 'finished export')

    const book = await downloaded(page, () => dialog.getByTestId('export-download').click())
    const table = rowsOf(book)
    expect(table[0]!.slice(0, 3)).toEqual(['申报编号', '姓名', '性别'])
    expect(table.slice(1).map((row) => row[1])).toEqual(names)
    expect(table.slice(1).every((row) => row[4]!.includes('*'))).toBe(true)
    expect(rowsOf(book, 2).map((row) => row.join(' ')).join('\n')).toContain('查询条件：状态 未上报')
  })

  test('many rows are made in the background, in full with a reason, and wait in the records @phone', async ({ page }, info) => {
    await signIn(page, firms.rich)
    await page.goto('/filings?matter=all')
    await expect(page.getByTestId('filing-row').first()).toBeVisible()
    await page.getByTestId('export').click()
    const dialog = page.getByRole('dialog', { name: '导出为 Excel' })
    await expect(dialog).toContainText('将在后台生成')
    await dialog.getByText('完整显示').click()
    await dialog.getByTestId('export-start').click()
    await expect(dialog).toContainText('请填写导出完整号码的理由')
    await dialog.getByLabel('导出完整号码的理由').fill('年度人员核对')
    await accessible(page, 'export dialog with a reason')
    await dialog.getByTestId('export-start').click()
    await expect(dialog.getByRole('progressbar')).toBeVisible()
    await page.goto('/exports') // leaving does not stop it
    const row = page.getByTestId('export-row').first()
    await expect(row).toHaveAttribute('data-state', 'ready', { timeout: 20_000 })
    await expect(row).toContainText('理由：年度人员核对')
    await picture(page, info, 'exports')
    await figure(page, 'exports')
    await accessible(page, 'export records')
    const book = await downloaded(page, () => row.getByTestId('act-download').click())
    expect(rowsOf(book).slice(1).every((cells) => /^[^*]+$/.test(cells[4]!))).toBe(true)

    await row.getByTestId('act-delete').click()
    const sure = page.getByRole('dialog', { name: '确定删除这个导出文件吗？' })
    const id = await row.getAttribute('data-id')
    await sure.getByRole('button', { name: '删除' }).click()
    await expect(page.locator(`[data-id="${id}"]`)).toHaveCount(0)
  })

  test('registrants, as the list shows them @phone', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/registrants?matter=all&sort=person_name&status=valid&limit=10')
    const rows = page.getByTestId('registrant-row')
    await expect(rows.first()).toBeVisible()
    const shown = await rows.locator(info.project.name === 'phone' ? 'strong' : 'th').allInnerTexts()
    await page.getByTestId('export').click()
    const dialog = page.getByRole('dialog', { name: '导出为 Excel' })
    await figure(page, 'export-ask')
    await accessible(page, 'export of registrants')
    await dialog.getByTestId('export-start').click()
    await expect(dialog.getByTestId('export-done')).toContainText('导出成功', { timeout: 20_000 })
    await figure(page, 'export-done')
    const table = rowsOf(await downloaded(page, () => dialog.getByTestId('export-download').click()))
    expect(table[0]![9]).toBe('有效期止')
    expect(table.slice(1, 1 + shown.length).map((row) => row[0])).toEqual(shown.map((text) => text.split('\n')[0]!.trim()))
    expect(table.slice(1).every((row) => /^4\d{4}$/.test(row[9]!))).toBe(true) // real dates
  })

  // The server is too quick here for a bar to be seen; so its answers are held back.
  test('progress, and cancelling a large one', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/filings?matter=all')
    await expect(page.getByTestId('filing-row').first()).toBeVisible()
    let done = 0
    let state = 'running'
    await page.route('**/api/v1/exports/check', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...(await answer.json()), rows: 100_000, at_once: false } })
    })
    await page.route(/\/api\/v1\/exports(\/[0-9a-f-]{36})?$/, async (route) => {
      if (route.request().method() === 'DELETE') {
        state = 'cancelled'
        return route.fulfill({ status: 204 })
      }
      done = Math.min(done + 20_000, 60_000)
      const json = {
        id: '019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11', of: 'filings', state, file_name: 'x.xlsx', file_size: null, masked: true, reason: '', filter: [],
        rows_done: done, rows_total: 100_000, failure: null, asked_by: '王芳', created_at: new Date().toISOString(), finished_at: null, expires_at: null, actions: [],
      }
      await route.fulfill({ status: route.request().method() === 'POST' ? 201 : 200, json })
    })
    await page.getByTestId('export').click()
    const dialog = page.getByRole('dialog', { name: '导出为 Excel' })
    await dialog.getByTestId('export-start').click()
    await expect(dialog.getByRole('progressbar')).toHaveAttribute('value', '60000')
    await expect(dialog).toContainText('60,000 / 100,000 条')
    await expect(page.locator('[role=status][aria-live=polite]').first()).toContainText('已完成 50%')
    await picture(page, info, 'export-progress')
    await figure(page, 'export-progress')
    await accessible(page, 'export under way')
    await dialog.getByTestId('export-cancel').click()
    await expect(dialog).toContainText('已取消导出')
    await expect(dialog.getByTestId('export-start')).toHaveCount(0)
  })

  test('in English', async ({ page }, info) => {
    await signIn(page, firms.design)
    await page.goto('/filings?status=pending_submission&matter=all')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByTestId('export').click()
    const dialog = page.getByRole('dialog', { name: 'Export to Excel' })
    await dialog.getByTestId('export-start').click()
    await expect(dialog.getByTestId('export-done')).toContainText('Export ready', { timeout: 15_000 })
    const book = await downloaded(page, () => dialog.getByTestId('export-download').click())
    expect(rowsOf(book)[0]!.slice(0, 2)).toEqual(['Reference', 'Name'])
    await page.goto('/exports')
    await expect(page.getByTestId('export-row').first()).toBeVisible()
    await accessible(page, 'export records in English')
    await picture(page, info, 'exports-en')
  })
})
