-- +goose Up

-- What a decision rests on and tells, beside its reason: the grounds by their codes,
-- what is to be corrected, and the days of the publicity.
ALTER TABLE filing_history
    ADD COLUMN basis           text[] NOT NULL DEFAULT '{}',
    ADD COLUMN corrections     jsonb  NOT NULL DEFAULT '[]',
    ADD COLUMN publicity_from  date,
    ADD COLUMN publicity_until date,
    ADD COLUMN publicity_link  text   NOT NULL DEFAULT '',
    -- NOT VALID: decisions of before have none
    ADD CONSTRAINT filing_history_refusal_has_its_basis CHECK (action NOT IN ('refuse', 'ask_correction', 'deny') OR basis <> '{}') NOT VALID,
    ADD CONSTRAINT filing_history_correction_says_what CHECK (action <> 'ask_correction' OR corrections <> '[]') NOT VALID,
    ADD CONSTRAINT filing_history_publicity_has_its_days CHECK ((publicity_from IS NULL) = (publicity_until IS NULL) AND publicity_from <= publicity_until);
-- 一次告知 (行政许可法 art. 32-4): an authority says once what is to be corrected in what was delivered.
CREATE UNIQUE INDEX filing_history_correction_is_told_once ON filing_history (filing_id, party, revision) WHERE action = 'ask_correction';
ALTER TABLE filings ADD COLUMN publicity_until date; -- the last day of the publicity, where the ministry named it

-- Papers given with a decision (受理通知书, 不予受理决定书 …): one row a filing and paper.
CREATE TABLE decision_papers (
    filing_id     uuid    NOT NULL,
    version       integer NOT NULL, -- the step of the timeline that they belong to
    position      integer NOT NULL,
    kind          text    NOT NULL,
    attachment_id uuid    NOT NULL REFERENCES attachments,
    PRIMARY KEY (filing_id, version, position),
    CONSTRAINT decision_papers_belong_to_a_step FOREIGN KEY (filing_id, version) REFERENCES filing_history (filing_id, version)
);
CREATE INDEX decision_papers_by_attachment ON decision_papers (attachment_id);

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
