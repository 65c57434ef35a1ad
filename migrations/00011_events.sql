-- +goose Up
-- Who learns of an event beside the enterprise's own people: whose record it is
-- about (client_id), and whoever the audience names; a province for its own alone.
ALTER TABLE outbox
    ADD COLUMN client_id uuid REFERENCES machine_clients,
    ADD COLUMN province  text   NOT NULL DEFAULT '',
    ADD COLUMN audience  text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT outbox_audience_is_known CHECK (audience <@ ARRAY['enterprise', 'province', 'ministry']);

ALTER TABLE machine_clients
    DROP CONSTRAINT machine_clients_party_is_known,
    ADD CONSTRAINT machine_clients_party_is_known CHECK (party IN ('person', 'province', 'ministry', 'integrator', 'administrator'));

-- +goose Down
SELECT 1/0; -- one way: restore a backup instead
