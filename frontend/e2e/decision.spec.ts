import { expect, test } from '@playwright/test'
import { decide, deliver, submit, uploadPaper } from './exchange'
import { accessible, firms, picture, signIn } from './support'

test('the timeline tells what a decision rests on, what to correct, and opens its papers @phone', async ({ page }, info) => {
  await signIn(page, firms.rich)
  const filed = await deliver(page.request, { firm: 'shencheng' })
  await submit(page, [filed.id])
  const paper = await uploadPaper(page.request, 'province', '补正通知书.png')
  await decide(page.request, 'province', 'ask_correction', [filed], {
    reason: '材料需要补正',
    corrections: [{ field: '/employment/contract_to', text: '截止日期与合同不一致' }, { paper_kind: 'social_insurance', text: '缺少近三个月的社会保险证明' }],
    papers: [{ kind: 'correction_notice', attachment_id: paper }],
  })
  await page.goto(`/filings/${filed.id}`)
  const last = page.locator('.timeline > li').first()
  await expect(last).toContainText('合同截止日期：截止日期与合同不一致')
  await expect(last).toContainText('社会保险证明：缺少近三个月的社会保险证明')
  await expect(last).toContainText('《中华人民共和国行政许可法》第三十二条第一款第（四）项')
  await last.scrollIntoViewIfNeeded()
  await picture(page, info, 'decision-told')
  await accessible(page, 'what a decision tells')
  await last.getByRole('button', { name: /补正通知书/ }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
})
