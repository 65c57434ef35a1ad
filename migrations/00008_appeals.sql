-- +goose Up

-- 异常信息与申辩: one finding of an authority, and the enterprise's answer to it.
CREATE SEQUENCE appeal_references;
CREATE TABLE appeals (
    id                 uuid PRIMARY KEY,
    reference          text        NOT NULL,
    enterprise_id      uuid        NOT NULL REFERENCES enterprises,
    client_id          uuid        NOT NULL REFERENCES machine_clients, -- the authority's system
    finding_ref        text        NOT NULL,                            -- the sender's id for it
    body_sha256        bytea       NOT NULL,                            -- keyed digest of what was pushed
    authority          text        NOT NULL,
    source             text        NOT NULL,
    province           text        NOT NULL,
    kind               text        NOT NULL,
    facts              text        NOT NULL,
    person_name        text        NOT NULL,
    registrant_id      uuid REFERENCES registrants, -- empty: nobody registered here was recognised
    certificate_number text        NOT NULL DEFAULT '',
    id_number_hash     bytea,
    id_number_masked   text        NOT NULL DEFAULT '',
    found_on           date        NOT NULL,
    due_on             date        NOT NULL,
    due_given          boolean     NOT NULL, -- the authority set the day
    state              text        NOT NULL,
    late               boolean     NOT NULL DEFAULT false,
    -- the draft, and from the submission on what was submitted
    reason             text,
    statement          text        NOT NULL DEFAULT '',
    draft_by           text        NOT NULL DEFAULT '',
    draft_at           timestamptz,
    submitted_by       text        NOT NULL DEFAULT '',
    submitted_at       timestamptz,
    overdue_at         timestamptz,
    decided_at         timestamptz,
    outcome            text        NOT NULL DEFAULT '', -- the authority's reason
    measure            text,
    reminded           integer, -- days before the end of the last reminder
    version            integer     NOT NULL,
    step               integer     NOT NULL,
    received_at        timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT appeals_reference_is_unique UNIQUE (reference),
    CONSTRAINT appeals_finding_is_pushed_once UNIQUE (client_id, finding_ref),
    CONSTRAINT appeals_authority_is_known CHECK (authority IN ('province', 'ministry')),
    CONSTRAINT appeals_kind_is_known CHECK (kind IN ('insurance_mismatch', 'insurance_several', 'insurance_none',
        'housing_fund_mismatch', 'housing_fund_several', 'safety_mismatch', 'identity_mismatch', 'several_units',
        'qualification_doubted', 'other')),
    CONSTRAINT appeals_state_is_known CHECK (state IN ('awaiting_statement', 'submitted', 'under_review', 'upheld', 'rejected', 'overdue')),
    CONSTRAINT appeals_measure_is_known CHECK (measure IN ('none', 'rectify', 'record', 'revoke')),
    CONSTRAINT appeals_decided_has_its_time CHECK ((decided_at IS NOT NULL) = (state IN ('upheld', 'rejected'))),
    CONSTRAINT appeals_measure_follows_a_rejection CHECK (measure IS NULL OR state = 'rejected'),
    CONSTRAINT appeals_submitted_has_its_time CHECK (CASE
        WHEN state IN ('submitted', 'under_review') THEN submitted_at IS NOT NULL
        WHEN state IN ('awaiting_statement', 'overdue') THEN submitted_at IS NULL
        ELSE true END),
    CONSTRAINT appeals_submitted_says_why CHECK (submitted_at IS NULL OR
        (reason IS NOT NULL AND submitted_by <> '' AND char_length(statement) BETWEEN 10 AND 5000)),
    CONSTRAINT appeals_overdue_has_its_time CHECK (CASE state
        WHEN 'overdue' THEN overdue_at IS NOT NULL
        WHEN 'awaiting_statement' THEN overdue_at IS NULL
        ELSE true END),
    CONSTRAINT appeals_overdue_are_late CHECK (overdue_at IS NULL OR submitted_at IS NULL OR late),
    CONSTRAINT appeals_nobody_is_rejected_unheard CHECK (state <> 'rejected' OR submitted_at IS NOT NULL OR overdue_at IS NOT NULL),
    CONSTRAINT appeals_draft_has_its_author CHECK ((draft_at IS NULL) = (draft_by = '')),
    CONSTRAINT appeals_counters_are_positive CHECK (version > 0 AND step > 0),
    CONSTRAINT appeals_id_number_hash_is_sha256 CHECK (octet_length(id_number_hash) = 32)
);
-- One index a sort order of the list; the id makes each order total.
CREATE INDEX appeals_list_by_due ON appeals (enterprise_id,
    (CASE WHEN state IN ('awaiting_statement', 'overdue') THEN due_on - date '2000-01-01' ELSE 1000000 END), id);
CREATE INDEX appeals_list_by_received ON appeals (enterprise_id, received_at, id);
CREATE INDEX appeals_list_by_name ON appeals (enterprise_id, person_name, id);
CREATE INDEX appeals_counts ON appeals (enterprise_id, state);
CREATE INDEX appeals_awaited_by_due ON appeals (due_on) WHERE state = 'awaiting_statement';
CREATE INDEX appeals_open_by_registrant ON appeals (registrant_id) WHERE decided_at IS NULL;

-- Files of an appeal: the authority's papers, and the enterprise's evidence.
CREATE TABLE appeal_attachments (
    appeal_id     uuid    NOT NULL REFERENCES appeals ON DELETE CASCADE,
    attachment_id uuid    NOT NULL REFERENCES attachments,
    side          text    NOT NULL,
    proof         text    NOT NULL DEFAULT '',
    position      integer NOT NULL,
    PRIMARY KEY (appeal_id, side, attachment_id),
    CONSTRAINT appeal_attachments_side_is_known CHECK (side IN ('authority', 'enterprise')),
    CONSTRAINT appeal_attachments_evidence_proves_something CHECK ((side = 'enterprise') = (proof <> ''))
);
CREATE INDEX appeal_attachments_by_attachment ON appeal_attachments (attachment_id);

-- The timeline: one row a step, never changed.
CREATE TABLE appeal_history (
    appeal_id  uuid        NOT NULL REFERENCES appeals,
    step       integer     NOT NULL,
    at         timestamptz NOT NULL,
    action     text        NOT NULL,
    party      text        NOT NULL,
    actor_name text        NOT NULL,
    from_state text,
    to_state   text        NOT NULL,
    reason     text        NOT NULL DEFAULT '',
    CONSTRAINT appeal_history_has_one_row_a_step PRIMARY KEY (appeal_id, step),
    CONSTRAINT appeal_history_party_is_known CHECK (party IN ('enterprise', 'province', 'ministry', 'system'))
);

-- Outcomes that were applied, so that each is applied once.
CREATE TABLE appeal_outcomes (
    client_id   uuid        NOT NULL REFERENCES machine_clients,
    outcome_ref text        NOT NULL,
    body_sha256 bytea       NOT NULL,
    appeal_id   uuid        NOT NULL REFERENCES appeals,
    state       text        NOT NULL,
    step        integer     NOT NULL,
    applied_at  timestamptz NOT NULL,
    CONSTRAINT appeal_outcomes_are_applied_once PRIMARY KEY (client_id, outcome_ref)
);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
