-- +goose Up

-- 申请撤回. What the person asked, and how it ended. The flag on the filing is the
-- rules' view of the last one; the two constraints below tie them to each other.
CREATE TABLE withdrawals (
    id             uuid PRIMARY KEY,
    filing_id      uuid        NOT NULL REFERENCES filings,
    client_id      uuid        NOT NULL REFERENCES machine_clients,
    withdrawal_ref text        NOT NULL, -- the sender's id of the request: applied once
    reason         text        NOT NULL,
    asked_by       text        NOT NULL,
    asked_at       timestamptz NOT NULL,
    state          text        NOT NULL,
    ended_at       timestamptz,
    ended_party    text,
    ended_by       text        NOT NULL DEFAULT '',
    answer         text        NOT NULL DEFAULT '', -- why it was declined
    -- the id while it is unanswered: what the filing has to point at
    open_id        uuid GENERATED ALWAYS AS (CASE WHEN state = 'requested' THEN id END) STORED,
    CONSTRAINT withdrawals_are_applied_once UNIQUE (client_id, withdrawal_ref),
    CONSTRAINT withdrawals_state_is_known CHECK (state IN ('requested', 'agreed', 'declined', 'void', 'cancelled')),
    CONSTRAINT withdrawals_ended_has_its_time CHECK ((state = 'requested') = (ended_at IS NULL)),
    CONSTRAINT withdrawals_ended_has_its_party CHECK ((ended_at IS NULL) = (ended_party IS NULL)),
    CONSTRAINT withdrawals_declined_has_its_reason CHECK ((state = 'declined') = (answer <> '')),
    CONSTRAINT withdrawals_filing_sees_the_state UNIQUE (id, state)
);
CREATE UNIQUE INDEX withdrawals_one_open_per_filing ON withdrawals (filing_id) WHERE ended_at IS NULL;
CREATE INDEX withdrawals_by_filing ON withdrawals (filing_id, asked_at);

-- The flag is the state of the request that the filing points at …
ALTER TABLE filings ADD COLUMN withdrawal_id uuid;
ALTER TABLE filings ADD CONSTRAINT filings_withdrawal_is_that_of_its_request
    FOREIGN KEY (withdrawal_id, withdrawal) REFERENCES withdrawals (id, state) MATCH FULL DEFERRABLE INITIALLY DEFERRED;
-- … and a request that waits for its answer is the one that its filing points at.
ALTER TABLE filings ADD CONSTRAINT filings_withdrawal_is_its_own UNIQUE (id, withdrawal_id);
ALTER TABLE withdrawals ADD CONSTRAINT withdrawals_open_one_is_flagged
    FOREIGN KEY (filing_id, open_id) REFERENCES filings (id, withdrawal_id) DEFERRABLE INITIALLY DEFERRED;
-- What waits for the enterprise's answer is a list of its own.
CREATE INDEX filings_withdrawal_requested ON filings (enterprise_id, updated_at, id) WHERE withdrawal = 'requested';

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
