-- +goose Up

-- 注册更正、撤销: what the ministry did to the register without a filing.
ALTER TABLE registrants ADD COLUMN barred_until date; -- the last day on which the person cannot be registered anew in the profession
ALTER TABLE registrant_history
    ADD COLUMN reason text   NOT NULL DEFAULT '',
    ADD COLUMN basis  text[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT registrant_history_action_is_known,
    ADD CONSTRAINT registrant_history_action_is_known CHECK (action IN
        ('initial', 'renewal', 'change', 'correction', 'deregistration', 'amendment', 'revocation')),
    ADD CONSTRAINT registrant_history_correction_says_why CHECK (action NOT IN ('amendment', 'revocation') OR reason <> '');
CREATE TABLE register_corrections (
    client_id      uuid        NOT NULL REFERENCES machine_clients,
    correction_ref text        NOT NULL,
    body_hash      bytea       NOT NULL,
    answer         jsonb       NOT NULL DEFAULT '{}',
    applied_at     timestamptz NOT NULL,
    CONSTRAINT register_corrections_are_applied_once PRIMARY KEY (client_id, correction_ref),
    CONSTRAINT register_corrections_body_hash_is_sha256 CHECK (octet_length(body_hash) = 32)
);
-- The register as authorities read it, by the order in which it changed.
CREATE INDEX registrants_list_by_updated ON registrants (updated_at, id);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
