-- +goose Up

-- The last good answer of an outside register about an enterprise: shown, with
-- its age, while the register does not answer.
CREATE TABLE register_answers (
    register    text        NOT NULL,
    credit_code text        NOT NULL,
    answer      jsonb       NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT register_answers_last_one_is_kept PRIMARY KEY (register, credit_code),
    CONSTRAINT register_answers_register_is_known CHECK (register IN ('qualifications', 'enterprises'))
);

-- +goose Down
DROP TABLE register_answers;
