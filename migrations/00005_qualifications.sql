-- +goose Up

-- The last good answer of an outside register about an enterprise: shown, with
-- its age, while the register does not answer.
CREATE TABLE register_answers (
    register    text        NOT NULL,
    credit_code text        NOT NULL,
    answer      jsonb       NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT register_answers_last_one_is_kept PRIMARY KEY (register, credit_code),
    CONSTRAINT register_answers_register_is_known CHECK (register IN ('qualifications', 'enterprises'))
);

-- 补正资质: one act, one certificate, for one filing or many.
CREATE TABLE qualification_supplements (
    id                 uuid PRIMARY KEY,
    enterprise_id      uuid        NOT NULL REFERENCES enterprises,
    certificate_number text        NOT NULL,
    source             text        NOT NULL, -- register: chosen from its answer; typed: by hand, since the register has none
    certificate        jsonb,                -- as the register had it
    attachment_id      uuid REFERENCES attachments, -- 资质副本 of a typed one
    register_as_of     timestamptz NOT NULL, -- when the register said what this rests on
    user_id            uuid        NOT NULL,
    user_name          text        NOT NULL,
    supplemented_at    timestamptz NOT NULL,
    CONSTRAINT qualification_supplements_number_is_one CHECK (certificate_number ~ '^[A-Z][0-9]{9}$'),
    CONSTRAINT qualification_supplements_source_is_known CHECK (source IN ('register', 'typed')),
    CONSTRAINT qualification_supplements_found_is_kept CHECK ((source = 'register') = (certificate IS NOT NULL)),
    CONSTRAINT qualification_supplements_typed_has_its_scan CHECK ((source = 'typed') = (attachment_id IS NOT NULL))
);
CREATE INDEX qualification_supplements_by_enterprise ON qualification_supplements (enterprise_id, supplemented_at);
CREATE INDEX qualification_supplements_by_attachment ON qualification_supplements (attachment_id);

ALTER TABLE filings
    ADD COLUMN qualification_due_on date, -- the last day, in China, on which it can be supplemented
    ADD COLUMN supplement_id uuid REFERENCES qualification_supplements;
UPDATE filings SET qualification_due_on = (submitted_at AT TIME ZONE 'UTC' + interval '8 hours')::date + 30
    WHERE pre_registration IS NOT NULL AND status NOT IN ('pending_submission', 'returned');
ALTER TABLE filings
    ADD CONSTRAINT filings_awaited_qualification_has_its_deadline CHECK (qualification_due_on IS NOT NULL OR
        pre_registration IS NULL OR pre_registration = 'supplemented' OR status IN ('pending_submission', 'returned')),
    ADD CONSTRAINT filings_deadline_is_of_a_submitted_pre_registration CHECK (qualification_due_on IS NULL OR
        (pre_registration IS NOT NULL AND status NOT IN ('pending_submission', 'returned'))),
    ADD CONSTRAINT filings_supplemented_has_its_certificate CHECK (pre_registration IS DISTINCT FROM 'supplemented' OR supplement_id IS NOT NULL),
    DROP CONSTRAINT filings_approved_has_its_qualification,
    ADD CONSTRAINT filings_approved_has_its_qualification CHECK (status <> 'approved' OR
        pre_registration IS NULL OR pre_registration = 'supplemented');
-- What lapses, and what is reminded of.
CREATE INDEX filings_awaiting_qualification ON filings (qualification_due_on, id) WHERE pre_registration = 'awaiting_qualification';
CREATE INDEX filings_by_supplement ON filings (supplement_id);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
