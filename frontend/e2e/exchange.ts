import { expect, type APIRequestContext, type Page } from '@playwright/test'
import { randomInt, randomUUID } from 'node:crypto'
import { advance } from './support'

/**
 * The other systems as they reach Zhuce: the person's, the provinces' and the ministry's, through the exchange
 * API. A spec brings its own records with these and does not count on those of the demo.
 */
const api = '/api/v1'

const secrets = {
  person: ['demo-person', 'demo-person-secret-for-development'],
  province: ['demo-province', 'demo-province-secret-for-development'],
  ministry: ['demo-ministry', 'demo-ministry-secret-for-development'],
} as const
export type Party = keyof typeof secrets

/** The demo firms (internal/standin/demo): credit code, and the own code (企业唯一码) that seal numbers begin with. */
export const employers = {
  huayu: ['911101082026000046', '1100321'],
  xinzhu: ['91320106202600012M', '3200999'],
  chuanzhu: ['91510104202600020W', '5100999'],
  shencheng: ['913101012026000391', '3100088'],
  lingnan: ['914401062026000477', '4400156'],
  zhengxin: ['913301062026000557', '3300209'],
  rongjian: ['915101072026777737', '5100999'], // registers itself, in manual.spec.ts
} as const
export type Firm = keyof typeof employers

/** Certificate prefixes of the professions that specs use. */
const prefixes: Record<string, string> = { architect_1: '', structural_1: 'S', geotechnical: 'AY', utility_hvac: 'CN', chemical: 'F' }

/** Calls the exchange API as the party and gives the answer; anything but a success fails the test. */
export async function exchange<T = Record<string, never>>(request: APIRequestContext, who: Party, method: string, path: string, data?: unknown): Promise<T> {
  const [id, secret] = secrets[who]
  const grant = await request.post(`${api}/exchange/token`, { form: { grant_type: 'client_credentials', client_id: id, client_secret: secret } })
  expect(grant.ok(), await grant.text()).toBeTruthy()
  const answer = await request.fetch(`${api}${path}`, { method, data, headers: { Authorization: `Bearer ${(await grant.json()).access_token}` } })
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBeTruthy()
  return answer.status() === 204 ? (undefined as T) : answer.json()
}

/** Uploads a picture as a paper of an authority's decision and gives its id. */
export async function uploadPaper(request: APIRequestContext, who: 'province' | 'ministry', name: string): Promise<string> {
  const [id, secret] = secrets[who]
  const grant = await request.post(`${api}/exchange/token`, { form: { grant_type: 'client_credentials', client_id: id, client_secret: secret } })
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const answer = await request.post(`${api}/exchange/decisions/attachments`, {
    headers: { Authorization: `Bearer ${(await grant.json()).access_token}` },
    multipart: { file: { name, mimeType: 'image/png', buffer: Buffer.from(pixel, 'base64') } },
  })
  expect(answer.ok(), await answer.text()).toBeTruthy()
  return (await answer.json()).id
}

/** The product's today, in China, and days from it: its clock is not the machine's. */
export async function today(request: APIRequestContext, days = 0): Promise<string> {
  const now = new Date((await (await request.get(`${api}/meta`)).json()).server_time)
  return new Date(now.getTime() + 8 * 3600_000 + days * 86_400_000).toISOString().slice(0, 10)
}

export interface Registered { certificate_number: string; seal_number: string; valid_until: string }
export interface Filed { id: string; reference: string; name: string; idNumber: string; profession: string; type: string; firm: Firm }
interface ToDeliver {
  firm: Firm
  name?: string
  profession?: string
  type?: 'initial' | 'renewal' | 'change' | 'correction' | 'deregistration'
  preRegistration?: boolean
  /** The registration that it acts upon: of every type but an initial one. */
  registration?: Registered
  /** The person of an earlier filing; without it somebody new. */
  of?: Filed
}

const papers = ['application_form', 'identity', 'qualification_certificate', 'enterprise_qualification', 'employment_contract', 'continuing_education',
  'social_insurance', 'departure_proof']

/** Delivers a filing to a firm as the person's system does, with every paper shared. */
export async function deliver(request: APIRequestContext, what: ToDeliver): Promise<Filed> {
  const { firm, profession = 'structural_1', type = 'initial' } = what
  const idNumber = what.of?.idNumber ?? residentNumber()
  const name = what.of?.name ?? what.name ?? `测试${[...idNumber.slice(6, 17)].map((d) => '零一二三四五六七八九'[Number(d)]).join('').slice(-5)}`
  const ref = randomUUID()
  const done = await exchange<{ id: string; reference: string }>(request, 'person', 'POST', '/exchange/filings', {
    delivery_ref: ref,
    filing_ref: ref,
    unified_social_credit_code: employers[firm][0],
    profession,
    registration_type: type,
    pre_registration: what.preRegistration ?? false,
    person: {
      name,
      gender: Number(idNumber[16]) % 2 ? 'male' : 'female',
      id_type: 'resident_id',
      id_number: idNumber,
      birth_date: `${idNumber.slice(6, 10)}-${idNumber.slice(10, 12)}-${idNumber.slice(12, 14)}`,
      ethnicity: '汉族', education: 'bachelor', school: '同济大学', major: '土木工程', title: '工程师', mobile: '13812345678',
    },
    qualification: type === 'initial' ? { certificate_number: `2025${idNumber.slice(6, 14)}`, issued_on: await today(request, -400) } : {},
    ...(what.registration ? { registration: { certificate_number: what.registration.certificate_number, seal_number: what.registration.seal_number, valid_until: what.registration.valid_until } } : {}),
    employment: { contract_type: 'fixed_term', contract_from: await today(request, -30), contract_to: await today(request, type === 'deregistration' ? -1 : 900) },
    continuing_education: { required_hours: 60, elective_hours: 60 },
    statement: type === 'correction' || type === 'deregistration' ? '浏览器测试' : '',
    attachments: papers.map((kind) => ({ kind, shared: true, shared_source: '电子证照库' })),
  })
  return { ...done, name, idNumber, profession, type, firm }
}

/** A resident identity number that nobody has. */
function residentNumber(): string {
  const born = new Date(Date.UTC(1960, 0, 1) + randomInt(14_000) * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  const body = `110101${born}${String(randomInt(1000)).padStart(3, '0')}`
  const sum = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2].reduce((s, w, i) => s + w * Number(body[i]), 0)
  return body + '10X98765432'[sum % 11]
}

/** Submits filings as the firm that is signed in on the page, through the API. The clock moves by the reading time. */
export async function submit(page: Page, ids: string[]): Promise<void> {
  const post = async (path: string, data?: unknown, token?: string) => {
    const answer = await page.request.post(`${api}${path}`, { data, headers: token ? { Authorization: `Bearer ${token}` } : {} })
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBeTruthy()
    return answer.json()
  }
  const { access_token: token } = await post('/session/refresh') // the page's cookie; the page keeps its own token
  const { id } = await post('/commitments', { filing_ids: ids }, token)
  await advance(page, 60)
  await post('/filings/submit', { commitment_id: id, filing_ids: ids, agreed: true }, token)
}

export type Decision = 'accept' | 'refuse' | 'ask_correction' | 'forward' | 'publish' | 'approve' | 'deny'
export interface Decided { filings: { id: string; status: string; registration: (Registered & { id: string; status: string }) | null }[] }

export interface More {
  reason?: string
  item?: Record<string, string>
  basis?: string[]
  corrections?: { field?: string; paper_kind?: string; text: string }[]
  papers?: { kind: string; attachment_id: string }[]
}

/** The legal basis that fits every filing, where a decision needs one (GET /meta, legal_bases). */
const general: Partial<Record<Decision, string>> = { refuse: 'licensing_32_5', ask_correction: 'licensing_32_4', deny: 'licensing_38' }

let serial = randomInt(400)

/**
 * An authority's decision. An approval gives the numbers that the type needs; `more` adds to or replaces what each
 * item says (valid_from, valid_until …).
 */
export async function decide(request: APIRequestContext, who: 'province' | 'ministry', action: Decision, filed: Filed[], more: More = {}): Promise<Decided> {
  const reasoned = action in general
  const reason = more.reason ?? (reasoned ? '浏览器测试' : '')
  const items = filed.map((f) => {
    const prefix = prefixes[f.profession] ?? ''
    const n = (serial = (serial % 399) + 1)
    return {
      filing_id: f.id,
      ...(action === 'approve' && f.type === 'initial' ? { certificate_number: `${prefix}26${employers[f.firm][1].slice(0, 2)}${String(10_000 + randomInt(89_000)).padStart(5, '0')}` } : {}),
      ...(action === 'approve' && (f.type === 'initial' || f.type === 'change') ? { seal_number: `${employers[f.firm][1]}-${prefix}${String(600 + n)}` } : {}),
      ...more.item,
    }
  })
  return exchange<Decided>(request, who, 'POST', '/exchange/decisions', {
    decision_ref: randomUUID(), action, reason, items, ...(reasoned ? { legal_basis: more.basis ?? [general[action]] } : {}),
    ...(action === 'ask_correction' ? { corrections: more.corrections ?? [{ paper_kind: 'other', text: reason }] } : {}),
    ...(more.papers ? { papers: more.papers } : {}),
  })
}

/** From the delivery to the approval; the firm has to be signed in on the page. Gives what was registered. */
export async function register(page: Page, filed: Filed[], item?: Record<string, string>): Promise<Decided> {
  await submit(page, filed.map((f) => f.id))
  await decide(page.request, 'province', 'accept', filed)
  await decide(page.request, 'province', 'forward', filed)
  await decide(page.request, 'ministry', 'accept', filed)
  return decide(page.request, 'ministry', 'approve', filed, item ? { item } : {})
}
