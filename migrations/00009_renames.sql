-- +goose Up

-- 企业名称变更. Both names are looked up, never typed; what the sources said then is kept.
CREATE SEQUENCE rename_references;
CREATE TABLE renames (
    id                  uuid PRIMARY KEY,
    reference           text        NOT NULL,
    enterprise_id       uuid        NOT NULL REFERENCES enterprises,
    credit_code         text        NOT NULL, -- 统一社会信用代码: a rename never changes it
    province            text        NOT NULL, -- whose authority decides; as it was at submission
    status              text        NOT NULL,
    version             integer     NOT NULL,
    old_name            text        NOT NULL,
    new_name            text        NOT NULL,
    login_name          text        NOT NULL, -- what the last sign-in had said
    register_changed_on date,                 -- the day of the change, where the register says it
    register_as_of      timestamptz NOT NULL, -- when the register said so
    copy_required       boolean     NOT NULL,
    copy_id             uuid REFERENCES attachments, -- the renamed certificate's copy (资质副本)
    submitted_by        text        NOT NULL,
    submitted_at        timestamptz NOT NULL,
    decided_at          timestamptz,
    decided_by          text,
    decided_by_client   uuid REFERENCES machine_clients,
    outcome_ref         text,                 -- the sender's id of the outcome: applied once
    reason              text        NOT NULL DEFAULT '',
    CONSTRAINT renames_reference_is_unique UNIQUE (reference),
    CONSTRAINT renames_outcome_is_applied_once UNIQUE (decided_by_client, outcome_ref),
    CONSTRAINT renames_status_is_known CHECK (status IN ('submitted', 'approved', 'refused')),
    CONSTRAINT renames_version_is_positive CHECK (version > 0),
    CONSTRAINT renames_change_the_name CHECK (old_name <> new_name),
    CONSTRAINT renames_have_the_copy_they_need CHECK (NOT copy_required OR copy_id IS NOT NULL),
    CONSTRAINT renames_decided_has_its_time CHECK ((status = 'submitted') = (decided_at IS NULL)),
    CONSTRAINT renames_decided_has_its_sender CHECK ((decided_at IS NULL) = (decided_by IS NULL)
        AND (decided_at IS NULL) = (decided_by_client IS NULL) AND (decided_at IS NULL) = (outcome_ref IS NULL)),
    CONSTRAINT renames_refused_has_its_reason CHECK (status <> 'refused' OR reason <> '')
);
-- The two exclusions rest on the enterprise's row; this stands behind one of them.
CREATE UNIQUE INDEX renames_one_open_per_enterprise ON renames (enterprise_id) WHERE status = 'submitted';
CREATE INDEX renames_list_by_submitted ON renames (enterprise_id, submitted_at, id);
CREATE INDEX renames_of_authorities    ON renames (status, submitted_at, id);

-- The timeline: one row a transition, never changed.
CREATE TABLE rename_history (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rename_id   uuid        NOT NULL REFERENCES renames,
    at          timestamptz NOT NULL,
    action      text        NOT NULL,
    party       text        NOT NULL,
    actor_name  text        NOT NULL,
    from_status text, -- empty for the submission
    to_status   text        NOT NULL,
    reason      text        NOT NULL DEFAULT '',
    version     integer     NOT NULL,
    CONSTRAINT rename_history_has_one_row_a_version UNIQUE (rename_id, version),
    CONSTRAINT rename_history_party_is_known CHECK (party IN ('enterprise', 'province', 'ministry'))
);

-- Former names (曾用名): what the enterprise was called here, from when to when.
CREATE TABLE enterprise_names (
    enterprise_id uuid        NOT NULL REFERENCES enterprises,
    name          text        NOT NULL,
    valid_from    timestamptz NOT NULL,
    valid_until   timestamptz NOT NULL,
    rename_id     uuid        NOT NULL REFERENCES renames, -- what ended it
    CONSTRAINT enterprise_names_follow_each_other PRIMARY KEY (enterprise_id, valid_until),
    CONSTRAINT enterprise_names_end_by_one_rename UNIQUE (rename_id),
    CONSTRAINT enterprise_names_have_a_term CHECK (valid_from <= valid_until)
);

-- A receipt shows the name that the enterprise signed under, whatever it is called since.
ALTER TABLE commitments ADD COLUMN signed_as text;
UPDATE commitments c SET signed_as = e.name FROM enterprises e WHERE e.id = c.enterprise_id AND c.used_at IS NOT NULL;
ALTER TABLE commitments ADD CONSTRAINT commitments_signed_has_its_name CHECK ((used_at IS NULL) = (signed_as IS NULL));

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
