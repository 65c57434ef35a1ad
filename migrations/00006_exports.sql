-- +goose Up

-- 导出. One row an export that somebody asked for; the workbook lies in the file
-- store under its SHA-256 until it expires. What was asked for is sealed: a filter
-- may hold an identity number. In words – masked – it stands beside it.
CREATE TABLE exports (
    id             uuid PRIMARY KEY,
    enterprise_id  uuid        NOT NULL REFERENCES enterprises,
    user_id        uuid        NOT NULL REFERENCES users,
    user_name      text        NOT NULL,
    source         text        NOT NULL, -- the list that is exported
    state          text        NOT NULL,
    masked         boolean     NOT NULL,
    reason         text        NOT NULL, -- why personal numbers are in full, "" where they are masked
    lang           text        NOT NULL,
    request_sealed bytea       NOT NULL, -- sealed under "export:<id>"
    filter         jsonb       NOT NULL, -- in words, both languages
    at_once        boolean     NOT NULL, -- made in the request that asked for it
    rows_total     integer     NOT NULL,
    rows_done      integer     NOT NULL DEFAULT 0,
    attempt        integer     NOT NULL DEFAULT 0,
    failure        text,
    file_sha256    text,                 -- set before the bytes are put, so that none can be forgotten
    file_size      bigint,
    created_at     timestamptz NOT NULL,
    heartbeat_at   timestamptz NOT NULL, -- the last sign of life while it waits or runs
    finished_at    timestamptz,
    expires_at     timestamptz,
    CONSTRAINT exports_source_is_known CHECK (source IN ('registrants', 'filings')),
    CONSTRAINT exports_state_is_known CHECK (state IN ('queued', 'running', 'ready', 'failed', 'cancelled', 'expired')),
    CONSTRAINT exports_full_numbers_have_a_reason CHECK (masked = (reason = '')),
    CONSTRAINT exports_lang_is_known CHECK (lang IN ('zh-CN', 'en')),
    CONSTRAINT exports_finished_has_its_time CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
    CONSTRAINT exports_failed_says_why CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CONSTRAINT exports_ready_has_its_file CHECK (state <> 'ready' OR
        (file_sha256 IS NOT NULL AND file_size IS NOT NULL AND expires_at IS NOT NULL AND rows_done = rows_total)),
    CONSTRAINT exports_running_was_tried CHECK (state <> 'running' OR attempt > 0),
    CONSTRAINT exports_rows_are_counted CHECK (rows_total >= 0 AND rows_done >= 0),
    CONSTRAINT exports_file_sha256_is_hex CHECK (file_sha256 ~ '^[0-9a-f]{64}$')
);
CREATE INDEX exports_list       ON exports (enterprise_id, created_at, id);
CREATE INDEX exports_unfinished ON exports (enterprise_id, heartbeat_at) WHERE finished_at IS NULL;
CREATE INDEX exports_by_expiry  ON exports (expires_at) WHERE state = 'ready';
CREATE INDEX exports_with_files ON exports (finished_at) WHERE file_sha256 IS NOT NULL AND state <> 'ready';

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
