-- +goose Up

-- The secret address of an enterprise's calendar (人员到期预警): one at a time. Who has
-- the address reads names and days; the secret itself is shown once and not kept.
CREATE TABLE calendar_feeds (
    enterprise_id uuid PRIMARY KEY REFERENCES enterprises,
    secret_hash   bytea       NOT NULL, -- SHA-256
    language      text        NOT NULL, -- of the calendar's texts
    created_at    timestamptz NOT NULL,
    created_by    text        NOT NULL,
    CONSTRAINT calendar_feeds_secret_is_unique UNIQUE (secret_hash),
    CONSTRAINT calendar_feeds_secret_hash_is_sha256 CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT calendar_feeds_language_is_known CHECK (language IN ('zh-CN', 'en'))
);

-- Reminders that were sent. The end of the term is part of the key, so a renewed
-- registration is reminded of again.
CREATE TABLE warning_reminders (
    registrant_id uuid        NOT NULL REFERENCES registrants,
    valid_until   date        NOT NULL,
    threshold     integer     NOT NULL, -- days before the end; 0 once it is over
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    reminded_at   timestamptz NOT NULL,
    CONSTRAINT warning_reminders_are_sent_once PRIMARY KEY (registrant_id, valid_until, threshold),
    CONSTRAINT warning_reminders_threshold_is_not_negative CHECK (threshold >= 0)
);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
