import type { EnterpriseForm } from '@/api/types'

const needed: (keyof EnterpriseForm)[] = [
  'registered_address',
  'province',
  'established_on',
  'registered_capital_wan',
  'registration_authority',
  'economic_type',
]
const neededOfQualification = [
  'certificate_number',
  'category',
  'title',
  'grade',
  'issuing_authority',
  'issued_on',
  'valid_until',
  'state',
] as const

/** Pointers of what is plainly empty, so that a clerk need not wait for the server to hear it. All else is the server's to judge. */
export function missing(form: EnterpriseForm): string[] {
  const found: string[] = needed.filter((field) => form[field] === '' || form[field] === null).map((field) => `/${field}`)
  if (form.industries.length === 0) found.push('/industries')
  form.qualifications.forEach((row, i) => {
    for (const field of neededOfQualification) if (!row[field]) found.push(`/qualifications/${i}/${field}`)
  })
  for (const field of ['name', 'mobile'] as const) if (!form.contact[field]) found.push(`/contact/${field}`)
  return found
}
