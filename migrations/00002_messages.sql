-- +goose Up

-- 消息. What an enterprise is told, written in the transaction of what it tells of.
-- The words stand in the code (message.Define); a row has the code and what fills
-- them in. A pushed notice carries its own words in params.
CREATE TABLE messages (
    id            uuid PRIMARY KEY,
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    kind          text        NOT NULL,
    code          text        NOT NULL,
    params        jsonb       NOT NULL DEFAULT '{}', -- names may stand here, personal numbers never
    subject_type  text        NOT NULL DEFAULT '',
    subject_id    uuid,
    once          text,                              -- what may be told once only (reminders)
    posted_at     timestamptz NOT NULL,
    CONSTRAINT messages_kind_is_known CHECK (kind IN
        ('filing', 'qualification', 'registration', 'warning', 'appeal', 'rename', 'notice', 'system')),
    CONSTRAINT messages_subject_is_whole CHECK ((subject_type = '') = (subject_id IS NULL)),
    CONSTRAINT messages_are_told_once UNIQUE (enterprise_id, once)
);
CREATE INDEX messages_list ON messages (enterprise_id, posted_at, id);
CREATE INDEX messages_list_by_kind ON messages (enterprise_id, kind, posted_at, id);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
