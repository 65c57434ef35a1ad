-- +goose Up

-- What is addressed to one audience is numbered in the order of the commits: who
-- posts holds the audience's row until then. So a reader who knows a number has
-- missed nothing below it.
CREATE TABLE mailboxes (
    audience text PRIMARY KEY, -- see messages.audience
    last     bigint NOT NULL,
    CONSTRAINT mailboxes_last_is_positive CHECK (last > 0)
);

-- 通知公告 as an authority pushed it: one row, however many enterprises it is for.
CREATE TABLE notices (
    id          uuid PRIMARY KEY,
    client_id   uuid        NOT NULL REFERENCES machine_clients,
    notice_ref  text        NOT NULL, -- the sender's id for it
    body_sha256 bytea       NOT NULL,
    sender      text        NOT NULL,
    title       text        NOT NULL,
    body        text        NOT NULL,
    link        text        NOT NULL DEFAULT '',
    addressed   jsonb       NOT NULL, -- as the sender said it
    recipients  integer     NOT NULL, -- enterprises that were reached when it was posted
    unknown     jsonb       NOT NULL DEFAULT '[]', -- credit codes that no enterprise has
    posted_at   timestamptz NOT NULL,
    CONSTRAINT notices_are_applied_once UNIQUE (client_id, notice_ref),
    CONSTRAINT notices_body_sha256_is_sha256 CHECK (octet_length(body_sha256) = 32),
    CONSTRAINT notices_reach_somebody CHECK (recipients > 0)
);
CREATE INDEX notices_by_age ON notices (posted_at);

-- 消息. What an enterprise is told, written in the transaction of what it tells of.
-- The words stand in the code (message.Define); a row has the code and what fills
-- them in. What is told to many at once is one row for a province or for all.
CREATE TABLE messages (
    id            uuid PRIMARY KEY,
    enterprise_id uuid REFERENCES enterprises,
    province      text,
    audience      text GENERATED ALWAYS AS (COALESCE(enterprise_id::text, province, 'all')) STORED,
    number        bigint      NOT NULL,
    kind          text        NOT NULL,
    code          text        NOT NULL,
    params        jsonb       NOT NULL DEFAULT '{}', -- names may stand here, personal numbers never
    subject_type  text        NOT NULL DEFAULT '',
    subject_id    uuid,
    once          text,                              -- what may be told once only (reminders)
    notice_id     uuid REFERENCES notices,
    posted_at     timestamptz NOT NULL,
    CONSTRAINT messages_kind_is_known CHECK (kind IN
        ('filing', 'qualification', 'registration', 'warning', 'appeal', 'rename', 'notice', 'system')),
    CONSTRAINT messages_subject_is_whole CHECK ((subject_type = '') = (subject_id IS NULL)),
    CONSTRAINT messages_have_one_audience CHECK (enterprise_id IS NULL OR province IS NULL),
    CONSTRAINT messages_to_many_are_notices CHECK (enterprise_id IS NOT NULL OR notice_id IS NOT NULL),
    CONSTRAINT messages_are_numbered UNIQUE (audience, number),
    CONSTRAINT messages_are_told_once UNIQUE (enterprise_id, once)
);
CREATE INDEX messages_list ON messages (audience, posted_at, id);
CREATE INDEX messages_list_by_kind ON messages (audience, kind, posted_at, id);
CREATE INDEX messages_unread ON messages (audience, kind, number) INCLUDE (id);
CREATE INDEX messages_by_age ON messages (posted_at);
CREATE INDEX messages_by_notice ON messages (notice_id) WHERE notice_id IS NOT NULL;

-- What a person has read: everything of a kind up to a number, and single messages
-- above it. Colleagues each have their own.
CREATE TABLE message_marks (
    user_id  uuid   NOT NULL REFERENCES users,
    audience text   NOT NULL,
    kind     text   NOT NULL,
    up_to    bigint NOT NULL,
    PRIMARY KEY (user_id, audience, kind)
);
CREATE TABLE message_reads (
    user_id    uuid        NOT NULL REFERENCES users,
    message_id uuid        NOT NULL REFERENCES messages ON DELETE CASCADE,
    read_at    timestamptz NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX message_reads_by_message ON message_reads (message_id);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
