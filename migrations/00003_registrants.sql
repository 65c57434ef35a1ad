-- +goose Up

-- 注册人员. One row a registration: a person in a profession, at the enterprise that
-- employs them now. "Expired" follows from valid_until and is not stored.
CREATE TABLE registrants (
    id                 uuid PRIMARY KEY,
    enterprise_id      uuid        NOT NULL REFERENCES enterprises,
    track              text        NOT NULL,
    profession         text        NOT NULL,
    person_name        text        NOT NULL,
    gender             text        NOT NULL,
    id_type            text        NOT NULL,
    id_number_hash     bytea       NOT NULL, -- keyed, the same as filings.id_number_hash
    id_number_masked   text        NOT NULL,
    mobile_masked      text        NOT NULL,
    personal_sealed    bytea       NOT NULL, -- sealed under "registrant:<id>"
    certificate_number text        NOT NULL,
    seal_number        text        NOT NULL DEFAULT '',
    valid_from         date        NOT NULL,
    valid_until        date        NOT NULL,
    status             text        NOT NULL,
    source_filing_id   uuid        NOT NULL REFERENCES filings, -- the filing that last acted upon it
    registered_at      timestamptz NOT NULL,                    -- the first approval
    ended_at           timestamptz,
    version            integer     NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT registrants_track_is_known CHECK (track IN ('architect', 'engineer')),
    CONSTRAINT registrants_status_is_known CHECK (status IN ('valid', 'deregistered', 'revoked')),
    CONSTRAINT registrants_ended_has_its_time CHECK ((status = 'valid') = (ended_at IS NULL)),
    CONSTRAINT registrants_term_has_an_order CHECK (valid_from <= valid_until),
    CONSTRAINT registrants_id_number_hash_is_sha256 CHECK (octet_length(id_number_hash) = 32),
    CONSTRAINT registrants_version_is_positive CHECK (version > 0)
);
-- One live registration a person and profession, whoever employs them.
CREATE UNIQUE INDEX registrants_one_live_per_person_and_profession
    ON registrants (id_number_hash, profession) WHERE status = 'valid';
CREATE UNIQUE INDEX registrants_certificate_number_is_unique
    ON registrants (certificate_number, profession) WHERE status = 'valid';
CREATE INDEX registrants_list_by_name        ON registrants (enterprise_id, person_name, id);
CREATE INDEX registrants_list_by_valid_until ON registrants (enterprise_id, valid_until, id);
CREATE INDEX registrants_list_by_registered  ON registrants (enterprise_id, registered_at, id);
CREATE INDEX registrants_list_by_certificate ON registrants (enterprise_id, certificate_number, id);
CREATE INDEX registrants_counts              ON registrants (enterprise_id, track, status, valid_until);
CREATE INDEX registrants_by_person           ON registrants (id_number_hash, profession);
CREATE INDEX registrants_by_seal             ON registrants (seal_number) WHERE status = 'valid';
CREATE INDEX registrants_by_valid_until      ON registrants (valid_until, id) WHERE status = 'valid';
CREATE INDEX registrants_by_source           ON registrants (source_filing_id);

-- What happened to a registration; one row a version, never changed.
CREATE TABLE registrant_history (
    registrant_id uuid        NOT NULL REFERENCES registrants,
    version       integer     NOT NULL,
    at            timestamptz NOT NULL,
    action        text        NOT NULL,
    filing_id     uuid        REFERENCES filings,
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    seal_number   text        NOT NULL DEFAULT '',
    valid_from    date        NOT NULL,
    valid_until   date        NOT NULL,
    note          text        NOT NULL DEFAULT '',
    CONSTRAINT registrant_history_action_is_known CHECK (action IN
        ('initial', 'renewal', 'change', 'correction', 'deregistration', 'revocation')),
    CONSTRAINT registrant_history_term_has_an_order CHECK (valid_from <= valid_until),
    CONSTRAINT registrant_history_has_one_row_a_version PRIMARY KEY (registrant_id, version)
);
CREATE INDEX registrant_history_by_filing ON registrant_history (filing_id);

-- Decisions of authorities that were applied, so that each is applied once.
CREATE TABLE decisions (
    client_id    uuid        NOT NULL REFERENCES machine_clients,
    decision_ref text        NOT NULL,
    body_hash    bytea       NOT NULL, -- keyed, like that of a delivery
    answer       jsonb       NOT NULL DEFAULT '{}',
    applied_at   timestamptz NOT NULL,
    CONSTRAINT decisions_are_applied_once PRIMARY KEY (client_id, decision_ref),
    CONSTRAINT decisions_body_hash_is_sha256 CHECK (octet_length(body_hash) = 32)
);

-- What lies on the desks of the authorities: a province's, the ministry's.
CREATE INDEX filings_desk_of_a_province ON filings (province, submitted_at, id) WHERE closed_at IS NULL AND submitted_at IS NOT NULL;
CREATE INDEX filings_desk_of_all        ON filings (submitted_at, id) WHERE closed_at IS NULL AND submitted_at IS NOT NULL;

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
