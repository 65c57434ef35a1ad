// The names the application uses for what goes over the wire.

export interface FieldError {
  pointer: string
  code: string
  message: string
  record?: { type: string; id: string; label: string; status: string }
}

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  code: string
  request_id: string
  errors?: FieldError[]
}

/** A value of an enumeration with both its names. */
export interface Label {
  value: string
  zh: string
  en: string
}

export interface Meta {
  name: string
  version: string
  server_time: string
  matters: Label[]
  tracks: Label[]
  statuses: (Label & { phase: string; open: boolean })[]
  phases: Label[]
  parties: Label[]
  registration_types: Label[]
  professions: (Label & { track: string; certificate_prefix: string; hotline?: string })[]
  id_types: Label[]
  genders: Label[]
  paper_kinds: Label[]
  actions: Label[]
  industries: (Label & { needs_qualification_copy: boolean })[]
  economic_types: Label[]
  qualification_categories: Label[]
  qualification_grades: Label[]
  qualification_states: Label[]
  contract_types: Label[]
  educations: Label[]
  pre_registration_states: Label[]
  withdrawal_states: Label[]
  provinces: Label[]
  help_lines: HelpLine[]
  limits: {
    batch_max: number
    page_max: number
    page_default: number
    attachment_max_bytes: number
    reading_seconds: number
    reason_max: number
  }
}

export interface HelpLine {
  zh: string
  en: string
  phones: string[]
  kind: string
}

export type Matter = 'architects' | 'engineers'

export interface Grant {
  access_token: string
  token_type: string
  expires_in: number
  expires_at: string
}

export interface Session {
  user: { id: string; name: string; account: string }
  enterprise: { id: string; name: string; unified_social_credit_code: string; saved: boolean }
  matter: Matter
  session_id: string
  signed_in_at: string
  expires_at: string
  permissions: string[]
}

export interface Qualification {
  certificate_number: string
  category: string
  title: string
  grade: string
  issuing_authority: string
  issued_on: string
  valid_until: string
  state: string
  copy_attachment_id: string | null
}

export interface Contact {
  name: string
  mobile: string
  telephone: string
  email: string
  postal_address: string
  postcode: string
}

/** What the clerk may edit; the rest of Enterprise comes from the login. */
export interface EnterpriseForm {
  registered_address: string
  province: string
  city: string
  district: string
  established_on: string
  registered_capital_wan: number | null
  registration_authority: string
  licence_valid_until: string
  economic_type: string
  industries: string[]
  qualifications: Qualification[]
  contact: Contact
}

export interface Drift {
  field: 'name' | 'legal_representative'
  stored: string
  login: string
}

export interface Enterprise extends EnterpriseForm {
  id: string
  name: string
  unified_social_credit_code: string
  credit_code_valid: boolean
  legal_representative: string
  legal_person_type: string
  saved: boolean
  saved_at: string | null
  version: number
  unique_code: string
  drift: Drift[]
  updated_at: string
}

export interface Attachment {
  id: string
  file_name: string
  media_type: string
  size: number
  sha256: string
  created_at: string
}

export type ActionName = 'submit' | 'return' | 'agree_withdrawal' | 'decline_withdrawal' | 'supplement'

export interface RowAction {
  action: ActionName
  allowed: boolean
  code: string | null
  reason: string | null
}

export interface FilingRow {
  id: string
  reference: string
  person_name: string
  gender: string
  id_type: string
  id_number_masked: string
  profession: string
  registration_type: string
  track: string
  status: string
  phase: string
  open: boolean
  pre_registration: string | null
  withdrawal: string | null
  revision: number
  province: string
  delivered_at: string
  submitted_at: string | null
  updated_at: string
  version: number
  actions: RowAction[]
}

export interface FilingForm {
  person: {
    name: string
    gender: string
    id_type: string
    id_number_masked: string
    birth_date: string
    ethnicity: string
    education: string
    school: string
    major: string
    graduated_on: string
    title: string
    mobile_masked: string
    email: string
  }
  qualification: { certificate_number: string; issued_on: string }
  registration: { certificate_number: string; seal_number: string; valid_until: string } | null
  employment: { contract_type: string; contract_from: string; contract_to: string; previous_employer: string }
  continuing_education: { required_hours: number; elective_hours: number }
  statement: string
}

export interface FilingPaper {
  id: string | null
  kind: string
  file_name: string
  media_type: string
  size: number
  sha256: string
  shared: boolean
  shared_source: string
}

export interface TimelineEntry {
  at: string
  action: string
  party: string
  actor_name: string
  from: string | null
  to: string
  reason: string
  revision: number
  commitment_id: string | null
}

export interface FilingDetail extends FilingRow {
  form: FilingForm
  attachments: FilingPaper[]
  timeline: TimelineEntry[]
  missing_papers: string[]
  commitment: { id: string; reference: string; submitted_at: string; submitted_by: string } | null
}

export interface FilingPage {
  items: FilingRow[]
  next_cursor: string | null
  total: number
}

/** Everything a list can be narrowed by that may stand in a URL. */
export interface FilingFilter {
  matter?: Matter
  status?: string[]
  profession?: string
  registration_type?: string
  name?: string
  delivered_from?: string
  delivered_to?: string
  submitted_from?: string
  submitted_to?: string
}

export interface FilingQuery extends FilingFilter {
  sort?: string
  limit?: number
  cursor?: string
}

export interface FilingCounts {
  total: number
  counts: { status: string; count: number }[]
}

export interface Refusal {
  filing_id: string
  person_name: string
  status: string
  code: string
  reason: string
}

export interface CheckAnswer {
  ok: boolean
  count: number
  refusals: Refusal[]
}

export interface Commitment {
  id: string
  text_version: string
  title: string
  text: string
  /** The English wording, for information; the Chinese one binds. */
  translation: string
  text_sha256: string
  filing_ids: string[]
  count: number
  opened_at: string
  ready_at: string
  expires_at: string
  server_time: string
  state: 'reading' | 'ready' | 'used' | 'expired'
  used_at?: string | null
  reference?: string | null
}

export interface Receipt {
  reference: string
  enterprise_name: string
  unified_social_credit_code: string
  signed_by: string
  opened_at: string
  signed_at: string
  reading_seconds: number
  text_version: string
  title: string
  text: string
  text_sha256: string
  filings: { id: string; reference: string; person_name: string; profession: string; registration_type: string }[]
}

export interface SubmitAnswer {
  count: number
  reference: string
  commitment_id: string
  submitted_at: string
  filings: { id: string; status: string }[]
}

export interface ReturnAnswer {
  count: number
  returned_at: string
  filings: { id: string; status: string }[]
}

export interface Revealed {
  id_number: string
  mobile: string
}
