-- +goose Up

-- Where a machine client wants its events sent (docs/adr/0024).
CREATE TABLE webhooks (
    id                uuid PRIMARY KEY,
    client_id         uuid        NOT NULL REFERENCES machine_clients,
    url               text        NOT NULL,
    description       text        NOT NULL DEFAULT '',
    kinds             text[]      NOT NULL DEFAULT '{}', -- none: all
    secret_sealed     bytea       NOT NULL,
    secret_made_at    timestamptz NOT NULL,
    old_secret_sealed bytea,
    old_secret_until  timestamptz,
    disabled_at       timestamptz,
    disabled_why      text,
    failing_since     timestamptz, -- the first failure after the last success
    last_success_at   timestamptz,
    version           integer     NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT webhooks_version_counts_from_one CHECK (version > 0),
    CONSTRAINT webhooks_old_secret_has_an_end CHECK ((old_secret_sealed IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT webhooks_disabled_says_why CHECK ((disabled_at IS NULL) = (disabled_why IS NULL)),
    CONSTRAINT webhooks_disabled_why_is_known CHECK (disabled_why IN ('gone', 'failing'))
);
CREATE INDEX webhooks_by_client ON webhooks (client_id, created_at, id);

-- One event to one webhook, however often it is tried.
CREATE TABLE webhook_deliveries (
    webhook_id   uuid        NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id     uuid        NOT NULL,
    position     bigint,              -- of the event; a test has none
    kind         text        NOT NULL,
    state        text        NOT NULL,
    tries        integer     NOT NULL DEFAULT 0, -- since it was made or replayed
    due_at       timestamptz,
    lease        uuid,                -- of whoever is sending it
    leased_until timestamptz,
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    CONSTRAINT webhook_deliveries_are_made_once PRIMARY KEY (webhook_id, event_id),
    CONSTRAINT webhook_deliveries_state_is_known CHECK (state IN ('pending', 'delivered', 'failed', 'cancelled')),
    CONSTRAINT webhook_deliveries_pending_is_due CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_ended_when_not_pending CHECK ((state = 'pending') = (ended_at IS NULL)),
    CONSTRAINT webhook_deliveries_lease_has_an_end CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CONSTRAINT webhook_deliveries_only_pending_is_leased CHECK (lease IS NULL OR state = 'pending')
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at, position) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, created_at, event_id);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    webhook_id uuid        NOT NULL,
    event_id   uuid        NOT NULL,
    number     integer     NOT NULL,
    at         timestamptz NOT NULL,
    took_ms    integer     NOT NULL,
    status     integer,             -- what the receiver answered, if it did
    failure    text,
    answer     text        NOT NULL DEFAULT '', -- its beginning
    CONSTRAINT webhook_attempts_are_numbered PRIMARY KEY (webhook_id, event_id, number),
    CONSTRAINT webhook_attempts_belong_to_a_delivery FOREIGN KEY (webhook_id, event_id) REFERENCES webhook_deliveries ON DELETE CASCADE
);

CREATE INDEX outbox_by_time ON outbox (occurred_at);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
