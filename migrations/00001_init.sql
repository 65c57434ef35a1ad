-- +goose Up

-- 聘用企业. Name, code and representative come from the national login and are
-- never typed; "login_*" is what the last sign-in said, the rest what we keep.
CREATE TABLE enterprises (
    id                         uuid PRIMARY KEY,
    credit_code                text        NOT NULL,
    name                       text        NOT NULL,
    legal_representative       text        NOT NULL,
    legal_person_type          text        NOT NULL,
    login_name                 text        NOT NULL,
    login_legal_representative text        NOT NULL,
    -- the editable part of 企业基本信息 (domain: enterprise.BasicInformation)
    province                   text        NOT NULL DEFAULT '',
    basic                      jsonb       NOT NULL DEFAULT '{}',
    saved_at                   timestamptz,
    version                    integer     NOT NULL DEFAULT 0,
    created_at                 timestamptz NOT NULL,
    updated_at                 timestamptz NOT NULL,
    CONSTRAINT enterprises_credit_code_is_unique UNIQUE (credit_code),
    CONSTRAINT enterprises_credit_code_has_18_characters CHECK (length(credit_code) = 18),
    CONSTRAINT enterprises_saved_has_a_version CHECK ((saved_at IS NULL) = (version = 0)),
    CONSTRAINT enterprises_saved_has_a_province CHECK (saved_at IS NULL OR province <> '')
);

-- One person signed in at one enterprise, from sign-in to sign-out.
CREATE TABLE sessions (
    id            uuid PRIMARY KEY,
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    user_id       uuid        NOT NULL,
    account       text        NOT NULL,
    user_name     text        NOT NULL,
    matter        text        NOT NULL,
    id_token      text        NOT NULL, -- the hint for signing out at the national login
    user_agent    text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    revoked_at    timestamptz,
    revoked_why   text,
    CONSTRAINT sessions_matter_is_known CHECK (matter IN ('architects', 'engineers')),
    CONSTRAINT sessions_revoked_has_a_reason CHECK ((revoked_at IS NULL) = (revoked_why IS NULL))
);
CREATE INDEX sessions_by_enterprise ON sessions (enterprise_id, created_at DESC);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The people who sign in: one row an account of the national login at an enterprise.
CREATE TABLE users (
    id            uuid PRIMARY KEY,
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    subject       text        NOT NULL, -- "sub" of the national login
    account       text        NOT NULL,
    name          text        NOT NULL,
    created_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    CONSTRAINT users_subject_is_unique UNIQUE (enterprise_id, subject)
);
ALTER TABLE sessions ADD CONSTRAINT sessions_user_exists FOREIGN KEY (user_id) REFERENCES users;

-- Refresh tokens rotate: used once, then replaced; a second use ends the session.
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY, -- SHA-256
    session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT refresh_tokens_hash_is_sha256 CHECK (octet_length(hash) = 32)
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Keys that sign our access tokens; the newest signs, all that have not expired verify.
CREATE TABLE signing_keys (
    id         text PRIMARY KEY, -- kid
    private    bytea       NOT NULL, -- PKCS #8, sealed
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Other people's systems that call the exchange API.
CREATE TABLE machine_clients (
    id          uuid PRIMARY KEY,
    name        text        NOT NULL,
    party       text        NOT NULL,
    scopes      text[]      NOT NULL,
    provinces   text[]      NOT NULL DEFAULT '{}',
    secret_hash bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT machine_clients_name_is_unique UNIQUE (name),
    CONSTRAINT machine_clients_party_is_known CHECK (party IN ('person', 'province', 'ministry')),
    CONSTRAINT machine_clients_secret_hash_is_sha256 CHECK (octet_length(secret_hash) = 32)
);

-- 申报. Status is who holds it; pre_registration and withdrawal are flags beside it.
CREATE SEQUENCE filing_references;
CREATE TABLE filings (
    id                uuid PRIMARY KEY,
    reference         text        NOT NULL,
    enterprise_id     uuid        NOT NULL REFERENCES enterprises,
    client_id         uuid        NOT NULL REFERENCES machine_clients,
    filing_ref        text        NOT NULL, -- the sender's id for it
    track             text        NOT NULL,
    profession        text        NOT NULL,
    registration_type text        NOT NULL,
    province          text        NOT NULL,
    status            text        NOT NULL,
    pre_registration  text,
    withdrawal        text,
    -- which authority asked for the correction that the next submission answers
    correction_from   text,
    version           integer     NOT NULL,
    revision          integer     NOT NULL,
    person_name       text        NOT NULL,
    gender            text        NOT NULL,
    id_type           text        NOT NULL,
    id_number_hash    bytea       NOT NULL, -- keyed; finds, does not tell
    id_number_masked  text        NOT NULL,
    mobile_masked     text        NOT NULL,
    personal_sealed   bytea       NOT NULL, -- ID number and mobile, encrypted
    form              jsonb       NOT NULL,
    commitment_id     uuid,                 -- the one it was last submitted under
    delivered_at      timestamptz NOT NULL,
    submitted_at      timestamptz,
    closed_at         timestamptz,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT filings_reference_is_unique UNIQUE (reference),
    CONSTRAINT filings_sender_ref_is_unique UNIQUE (client_id, filing_ref),
    CONSTRAINT filings_track_is_known CHECK (track IN ('architect', 'engineer')),
    CONSTRAINT filings_registration_type_is_known CHECK (registration_type IN
        ('initial', 'renewal', 'change', 'correction', 'deregistration')),
    CONSTRAINT filings_status_is_known CHECK (status IN
        ('pending_submission', 'returned',
         'province_pending', 'province_correction', 'province_accepted', 'province_refused',
         'ministry_pending', 'ministry_correction', 'ministry_accepted', 'ministry_refused',
         'publicity', 'approved', 'denied', 'withdrawn')),
    CONSTRAINT filings_pre_registration_is_known CHECK (pre_registration IN
        ('awaiting_qualification', 'supplemented', 'lapsed')),
    CONSTRAINT filings_withdrawal_is_known CHECK (withdrawal IN ('requested', 'agreed', 'declined', 'void')),
    CONSTRAINT filings_closed_has_its_time CHECK ((closed_at IS NOT NULL) = (status IN
        ('returned', 'province_refused', 'ministry_refused', 'approved', 'denied', 'withdrawn'))),
    CONSTRAINT filings_sent_on_has_its_submission CHECK (status IN ('pending_submission', 'returned') OR
        (submitted_at IS NOT NULL AND commitment_id IS NOT NULL)),
    CONSTRAINT filings_withdrawal_is_asked_while_pending CHECK (withdrawal IS DISTINCT FROM 'requested' OR
        status IN ('province_pending', 'ministry_pending')),
    CONSTRAINT filings_withdrawn_is_agreed CHECK ((status = 'withdrawn') = (withdrawal IS NOT DISTINCT FROM 'agreed')),
    CONSTRAINT filings_approved_has_its_qualification CHECK (status <> 'approved' OR
        pre_registration IS DISTINCT FROM 'awaiting_qualification'),
    CONSTRAINT filings_correction_from_is_known CHECK (correction_from IN ('province', 'ministry')),
    CONSTRAINT filings_counters_are_positive CHECK (version > 0 AND revision > 0),
    CONSTRAINT filings_id_number_hash_is_sha256 CHECK (octet_length(id_number_hash) = 32)
);
-- 不能重复申报: one open filing a person and profession, whoever employs them.
CREATE UNIQUE INDEX filings_one_open_per_person_and_profession
    ON filings (id_number_hash, profession) WHERE closed_at IS NULL;
-- One index a sort order of the management list; the id makes each order total.
CREATE INDEX filings_list_by_updated    ON filings (enterprise_id, updated_at, id);
CREATE INDEX filings_list_by_delivered  ON filings (enterprise_id, delivered_at, id);
CREATE INDEX filings_list_by_submitted  ON filings (enterprise_id, (COALESCE(submitted_at, '-infinity'::timestamptz)), id);
CREATE INDEX filings_list_by_name       ON filings (enterprise_id, person_name, id);
CREATE INDEX filings_counts             ON filings (enterprise_id, track, status);
CREATE INDEX filings_by_person          ON filings (enterprise_id, id_number_hash);

-- 承诺书 as it was opened, read and signed. One covers exactly its ids.
CREATE SEQUENCE commitment_references;
CREATE TABLE commitments (
    id            uuid PRIMARY KEY,
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    user_id       uuid        NOT NULL,
    user_name     text        NOT NULL,
    text_version  text        NOT NULL,
    text_sha256   text        NOT NULL,
    filing_count  integer     NOT NULL,
    opened_at     timestamptz NOT NULL,
    ready_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    reference     text,
    CONSTRAINT commitments_reference_is_unique UNIQUE (reference),
    CONSTRAINT commitments_used_has_a_reference CHECK ((used_at IS NULL) = (reference IS NULL)),
    CONSTRAINT commitments_used_after_reading CHECK (used_at IS NULL OR (used_at >= ready_at AND used_at < expires_at)),
    CONSTRAINT commitments_cover_1_to_500 CHECK (filing_count BETWEEN 1 AND 500)
);
CREATE INDEX commitments_by_enterprise ON commitments (enterprise_id, opened_at);
CREATE INDEX commitments_unused_by_expiry ON commitments (expires_at) WHERE used_at IS NULL;
-- Every text version ever shown, so that what was signed can be shown word for word.
CREATE TABLE commitment_texts (
    version     text PRIMARY KEY,
    title       text NOT NULL,
    body        text NOT NULL, -- Chinese: this is what is signed
    translation text NOT NULL, -- English, for reading only
    sha256      text NOT NULL, -- of body
    CONSTRAINT commitment_texts_sha256_is_hex CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
ALTER TABLE commitments ADD CONSTRAINT commitments_text_exists FOREIGN KEY (text_version) REFERENCES commitment_texts;
CREATE TABLE commitment_filings (
    commitment_id uuid    NOT NULL REFERENCES commitments ON DELETE CASCADE,
    filing_id     uuid    NOT NULL REFERENCES filings,
    revision      integer NOT NULL, -- what was read; a redelivered filing needs a new reading
    PRIMARY KEY (commitment_id, filing_id)
);
CREATE INDEX commitment_filings_by_filing ON commitment_filings (filing_id);
ALTER TABLE filings ADD CONSTRAINT filings_commitment_exists FOREIGN KEY (commitment_id) REFERENCES commitments;

-- The timeline: one row a transition, never changed.
CREATE TABLE filing_history (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    filing_id     uuid        NOT NULL REFERENCES filings,
    at            timestamptz NOT NULL,
    action        text        NOT NULL,
    party         text        NOT NULL,
    actor_name    text        NOT NULL,
    from_status   text,
    to_status     text        NOT NULL,
    reason        text        NOT NULL DEFAULT '',
    revision      integer     NOT NULL,
    version       integer     NOT NULL,
    commitment_id uuid REFERENCES commitments,
    CONSTRAINT filing_history_has_one_row_a_version UNIQUE (filing_id, version),
    CONSTRAINT filing_history_party_is_known CHECK (party IN ('person', 'enterprise', 'province', 'ministry', 'system')),
    CONSTRAINT filing_history_submit_has_its_commitment CHECK (action <> 'submit' OR commitment_id IS NOT NULL)
);

-- Messages from the person's system that were applied, so that each is applied once.
CREATE TABLE deliveries (
    client_id    uuid        NOT NULL REFERENCES machine_clients,
    delivery_ref text        NOT NULL,
    body_sha256  bytea       NOT NULL,
    filing_id    uuid        NOT NULL REFERENCES filings,
    revision     integer     NOT NULL,
    applied_at   timestamptz NOT NULL,
    CONSTRAINT deliveries_are_applied_once PRIMARY KEY (client_id, delivery_ref)
);
CREATE INDEX deliveries_by_filing ON deliveries (filing_id);

-- Files. The bytes are in the file store under their SHA-256; a row says whose they are.
CREATE TABLE attachments (
    id            uuid PRIMARY KEY,
    enterprise_id uuid REFERENCES enterprises, -- whose record it belongs to; empty until it is bound
    client_id     uuid REFERENCES machine_clients,
    file_name     text        NOT NULL,
    media_type    text        NOT NULL,
    size          bigint      NOT NULL,
    sha256        text        NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT attachments_have_an_owner CHECK (enterprise_id IS NOT NULL OR client_id IS NOT NULL),
    CONSTRAINT attachments_media_type_is_known CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    CONSTRAINT attachments_size_is_positive CHECK (size > 0),
    CONSTRAINT attachments_sha256_is_hex CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
CREATE INDEX attachments_unbound ON attachments (created_at) WHERE enterprise_id IS NULL;
CREATE TABLE filing_attachments (
    filing_id     uuid    NOT NULL REFERENCES filings,
    revision      integer NOT NULL,
    position      integer NOT NULL,
    kind          text    NOT NULL,
    attachment_id uuid REFERENCES attachments,
    shared_source text, -- 已共享，免提交: where the authority gets it (国务院令第716号 art. 7)
    PRIMARY KEY (filing_id, revision, position),
    CONSTRAINT filing_attachments_are_a_file_or_shared CHECK ((attachment_id IS NULL) <> (shared_source IS NULL))
);
CREATE INDEX filing_attachments_by_attachment ON filing_attachments (attachment_id);

-- Answers to writes that carried an Idempotency-Key, stored with what they did.
CREATE TABLE idempotency_keys (
    caller      text        NOT NULL,
    key         text        NOT NULL,
    route       text        NOT NULL,
    body_sha256 bytea       NOT NULL,
    answer      jsonb,
    created_at  timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_are_unique PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- What must be told outside, written with what it tells of and sent afterwards.
CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id      uuid        NOT NULL,
    kind          text        NOT NULL,
    subject_type  text        NOT NULL,
    subject_id    uuid        NOT NULL,
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    data          jsonb       NOT NULL, -- thin: ids and states, no personal data
    occurred_at   timestamptz NOT NULL,
    CONSTRAINT outbox_event_id_is_unique UNIQUE (event_id)
);

-- Who did or saw what. Rows are added and read, never changed.
CREATE TABLE audit_log (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL,
    caller        text        NOT NULL,
    actor_name    text        NOT NULL,
    enterprise_id uuid REFERENCES enterprises,
    action        text        NOT NULL,
    subject_type  text        NOT NULL,
    subject_id    text        NOT NULL,
    reason        text        NOT NULL DEFAULT '',
    ip            text        NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_by_enterprise ON audit_log (enterprise_id, at);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
