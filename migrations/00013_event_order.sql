-- +goose Up

-- Events in the order of their commits (docs/adr/0019). A row gets its position
-- once its transaction has committed: 1, 2, 3 …, without a gap. The id is the order
-- of the inserts, which is the order within a transaction and for one record.
ALTER TABLE outbox
    ADD COLUMN position bigint,
    ALTER COLUMN enterprise_id DROP NOT NULL, -- what befell a client's own webhook is no enterprise's
    ADD CONSTRAINT outbox_position_is_unique UNIQUE (position),
    ADD CONSTRAINT outbox_position_counts_from_one CHECK (position > 0);
CREATE INDEX outbox_not_yet_in_order ON outbox (id) WHERE position IS NULL;

UPDATE outbox o SET position = n.position
FROM (SELECT id, row_number() OVER (ORDER BY id) AS position FROM outbox) n WHERE n.id = o.id;

-- How far the numbering has come, and up to where events were purged. Whoever
-- numbers holds this row: it is the counter and its lock.
CREATE TABLE outbox_head (
    single boolean PRIMARY KEY DEFAULT true,
    latest bigint NOT NULL,
    purged bigint NOT NULL DEFAULT 0,
    CONSTRAINT outbox_head_is_one_row CHECK (single),
    CONSTRAINT outbox_head_purges_what_was_numbered CHECK (purged BETWEEN 0 AND latest)
);
INSERT INTO outbox_head (latest) SELECT COALESCE(max(position), 0) FROM outbox;

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
