-- +goose Up

-- Other people's systems: who may be chosen by enterprises, and when each was last seen.
ALTER TABLE machine_clients
    ADD COLUMN description  text        NOT NULL DEFAULT '',
    ADD COLUMN listed       boolean     NOT NULL DEFAULT false, -- enterprises may choose it
    ADD COLUMN version      integer     NOT NULL DEFAULT 1,
    ADD COLUMN last_used_at timestamptz,                        -- to within a few minutes
    ADD COLUMN refused_at   timestamptz,                        -- the last refusal of a token that was audited
    ADD CONSTRAINT machine_clients_listed_are_integrators CHECK (NOT listed OR party = 'integrator'),
    ADD CONSTRAINT machine_clients_version_is_positive CHECK (version > 0);

-- Secrets. One is current; the one before it may live on for a while, so that a
-- system can change over without a gap. There are never more than these two.
CREATE TABLE machine_client_secrets (
    id           uuid PRIMARY KEY,
    client_id    uuid        NOT NULL REFERENCES machine_clients,
    hash         bytea       NOT NULL, -- SHA-256
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,          -- empty: the current one
    revoked_at   timestamptz,
    last_used_at timestamptz,
    CONSTRAINT machine_client_secrets_hash_is_sha256 CHECK (octet_length(hash) = 32)
);
CREATE UNIQUE INDEX machine_client_secrets_one_is_current
    ON machine_client_secrets (client_id) WHERE revoked_at IS NULL AND expires_at IS NULL;
CREATE UNIQUE INDEX machine_client_secrets_one_is_outgoing
    ON machine_client_secrets (client_id) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX machine_client_secrets_by_client ON machine_client_secrets (client_id, created_at);

INSERT INTO machine_client_secrets (id, client_id, hash, created_at)
    SELECT gen_random_uuid(), id, secret_hash, created_at FROM machine_clients;
ALTER TABLE machine_clients DROP COLUMN secret_hash;

-- Public keys of clients that sign their token requests (private_key_jwt).
CREATE TABLE machine_client_keys (
    id           uuid PRIMARY KEY,
    client_id    uuid        NOT NULL REFERENCES machine_clients,
    kid          text        NOT NULL,
    kind         text        NOT NULL,
    alg          text        NOT NULL DEFAULT '', -- the only one that the key may sign with, if it says so
    public       bytea       NOT NULL,            -- PKIX, DER
    created_at   timestamptz NOT NULL,
    removed_at   timestamptz,
    last_used_at timestamptz,
    CONSTRAINT machine_client_keys_kind_is_known CHECK (kind IN ('RSA', 'EC')),
    CONSTRAINT machine_client_keys_alg_is_known CHECK (alg IN ('', 'RS256', 'PS256', 'ES256'))
);
CREATE UNIQUE INDEX machine_client_keys_kid_is_unique ON machine_client_keys (client_id, kid) WHERE removed_at IS NULL;

-- Signed token requests that were taken, until they could not be taken any more.
CREATE TABLE client_assertions (
    client_id  uuid        NOT NULL REFERENCES machine_clients,
    jti_sha256 bytea       NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT client_assertions_are_used_once PRIMARY KEY (client_id, jti_sha256)
);
CREATE INDEX client_assertions_by_expiry ON client_assertions (expires_at);

-- 第三方授权: what an enterprise lets an integrator read of its own data, and until when.
CREATE TABLE enterprise_grants (
    id              uuid PRIMARY KEY,
    enterprise_id   uuid        NOT NULL REFERENCES enterprises,
    client_id       uuid        NOT NULL REFERENCES machine_clients,
    scopes          text[]      NOT NULL,
    granted_by      uuid        NOT NULL, -- the signed-in person
    granted_by_name text        NOT NULL,
    granted_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    revoked_by      uuid,
    revoked_by_name text,
    reminded_at     timestamptz, -- when its coming end was told
    ended_at        timestamptz, -- revoked, or its end was told
    last_used_at    timestamptz, -- to within a few minutes
    CONSTRAINT enterprise_grants_scopes_are_known CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY
        ['enterprise:filings', 'enterprise:registrants', 'enterprise:warnings', 'enterprise:messages', 'enterprise:appeals']),
    CONSTRAINT enterprise_grants_have_a_term CHECK (expires_at > granted_at AND expires_at <= granted_at + interval '366 days'),
    CONSTRAINT enterprise_grants_revoked_has_its_person CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)
        AND (revoked_at IS NULL) = (revoked_by_name IS NULL)),
    CONSTRAINT enterprise_grants_revoked_has_ended CHECK (revoked_at IS NULL OR ended_at IS NOT NULL),
    CONSTRAINT enterprise_grants_end_when_they_are_over CHECK (ended_at IS NULL OR revoked_at IS NOT NULL OR ended_at >= expires_at)
);
CREATE UNIQUE INDEX enterprise_grants_one_open_per_client ON enterprise_grants (enterprise_id, client_id) WHERE ended_at IS NULL;
CREATE INDEX enterprise_grants_list      ON enterprise_grants (enterprise_id, granted_at, id);
CREATE INDEX enterprise_grants_by_client ON enterprise_grants (client_id, id) WHERE ended_at IS NULL;
CREATE INDEX enterprise_grants_by_expiry ON enterprise_grants (expires_at) WHERE ended_at IS NULL;
-- What an integrator read under a grant, newest first.
CREATE INDEX audit_log_of_grants ON audit_log (subject_id, id) WHERE action = 'grant.read';

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
