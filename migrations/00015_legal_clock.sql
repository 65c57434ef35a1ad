-- +goose Up

-- 办理期限: how long the authority's present step may take, in working days. Which
-- days are worked and how long a step lasts is data of the program
-- (internal/workday, internal/filing/term.go); a row keeps what it was measured by.
ALTER TABLE filings
    ADD COLUMN step               text,
    ADD COLUMN step_started_on    date,        -- the day, in China, on which it began; not counted
    ADD COLUMN step_days          integer,     -- how many working days it may take, an extension included
    ADD COLUMN step_used          integer,     -- … and how many had passed when the clock last stood still
    ADD COLUMN step_runs_from     date,        -- the day after which days count again
    ADD COLUMN due_on             date,        -- its last day
    ADD COLUMN step_paused_until  date,        -- the last day that is left out, while the clock stands still
    ADD COLUMN step_pause_reason  text        NOT NULL DEFAULT '',
    ADD COLUMN step_extended      integer     NOT NULL DEFAULT 0, -- 行政许可法 art. 42, once
    ADD COLUMN overdue_at         timestamptz, -- when it was found to have run out
    -- of a filing that was there before its clock: the program measures it from its timeline when it starts
    ADD COLUMN step_unmeasured    boolean     NOT NULL DEFAULT false;
UPDATE filings SET step_unmeasured = true
    WHERE status IN ('province_pending', 'province_accepted', 'ministry_pending', 'ministry_accepted', 'publicity');
ALTER TABLE filings
    ADD CONSTRAINT filings_what_an_authority_holds_has_a_clock CHECK (step_unmeasured OR
        (step IS NOT NULL) = (status IN ('province_pending', 'province_accepted', 'ministry_pending', 'ministry_accepted', 'publicity'))),
    ADD CONSTRAINT filings_step_is_that_of_its_status CHECK (step IS NULL OR
        (step IN ('province_acceptance', 'province_forwarding') AND status = 'province_pending') OR
        (step IN ('province_examination', 'province_forwarding') AND status = 'province_accepted') OR
        (step = 'ministry_acceptance' AND status = 'ministry_pending') OR
        (step = 'ministry_decision' AND status IN ('ministry_accepted', 'publicity'))),
    ADD CONSTRAINT filings_clock_is_whole CHECK (num_nulls(step, step_started_on, step_days, step_used, step_runs_from, due_on) IN (0, 6)),
    ADD CONSTRAINT filings_clock_runs_forward CHECK (step_started_on <= step_runs_from AND step_runs_from <= due_on),
    ADD CONSTRAINT filings_clock_uses_no_more_than_it_has CHECK (step_used BETWEEN 0 AND step_days),
    ADD CONSTRAINT filings_only_a_clock_is_paused CHECK (step_paused_until IS NULL OR step IS NOT NULL),
    ADD CONSTRAINT filings_paused_says_why CHECK ((step_pause_reason <> '') <= (step_paused_until IS NOT NULL)),
    ADD CONSTRAINT filings_only_a_step_is_extended CHECK (step_extended = 0 OR (step_extended > 0 AND step IS NOT NULL)),
    ADD CONSTRAINT filings_only_a_step_is_overdue CHECK (overdue_at IS NULL OR step IS NOT NULL),
    ADD CONSTRAINT filings_acceptance_is_deemed_not_overdue CHECK (overdue_at IS NULL OR step NOT IN ('province_acceptance', 'ministry_acceptance'));
-- What runs out, what stood still long enough, what is still to be measured.
CREATE INDEX filings_steps_by_due    ON filings (due_on, id) WHERE due_on IS NOT NULL AND overdue_at IS NULL;
CREATE INDEX filings_steps_paused    ON filings (step_paused_until, id) WHERE step_paused_until IS NOT NULL;
CREATE INDEX filings_steps_unmeasured ON filings (id) WHERE step_unmeasured;
-- The enterprise's list of what is overdue; an authority's desk, what is due first.
CREATE INDEX filings_overdue         ON filings (enterprise_id, updated_at, id) WHERE overdue_at IS NOT NULL;
CREATE INDEX filings_desk_of_a_province_by_due ON filings (province, (COALESCE(due_on, 'infinity'::date)), id) WHERE closed_at IS NULL AND submitted_at IS NOT NULL;
CREATE INDEX filings_desk_of_all_by_due        ON filings ((COALESCE(due_on, 'infinity'::date)), id) WHERE closed_at IS NULL AND submitted_at IS NOT NULL;

-- The article that an entry of the timeline rests on, by its name in internal/filing; "" where it needs none.
ALTER TABLE filing_history ADD COLUMN article text NOT NULL DEFAULT '';

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
