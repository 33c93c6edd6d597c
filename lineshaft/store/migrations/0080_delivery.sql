-- Who is told of alarms, when and by which way; and what became of each message.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- A message to people speaks of a group of alarms, or of none (a test).
ALTER TABLE notification
    ALTER COLUMN alarm_id DROP NOT NULL,
    ADD COLUMN policy text,                          -- key of the policy it follows from
    ADD COLUMN language text NOT NULL DEFAULT 'en',  -- of who gets it
    ADD COLUMN digest boolean NOT NULL DEFAULT false; -- due ones of a target become one message
CREATE INDEX notification_lane ON notification (channel, target, created) WHERE delivered IS NULL AND dead IS NULL;
CREATE INDEX notification_created ON notification (created DESC);

-- Lines of the alarms' journal that nobody has routed yet. A trigger fills it, so that whoever changes an alarm cannot
-- forget it, and it stands or falls with the change.
CREATE TABLE alarm_notice (
    alarm_notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id uuid NOT NULL,
    event    text NOT NULL,
    at       timestamptz NOT NULL
);
CREATE FUNCTION alarm_notice_put() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO alarm_notice (alarm_id, event, at)
    SELECT alarm_id, event, at FROM changed ORDER BY alarm_journal_id;
    PERFORM pg_notify('notification', '');
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION alarm_notice_put() FROM PUBLIC;
CREATE TRIGGER alarm_journal_notice AFTER INSERT ON alarm_journal
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION alarm_notice_put();

-- Documents of lineshaft.domain.delivery: who is told of what, when.
CREATE TABLE delivery_setting (
    kind     text NOT NULL CHECK (kind IN ('policy', 'rota', 'team', 'inhibition', 'preference', 'network')),
    key      text NOT NULL,
    document jsonb NOT NULL,
    updated  timestamptz NOT NULL,
    by       text NOT NULL,
    PRIMARY KEY (kind, key)
);

-- Where messages can go. The address may hold secrets: it is sealed with a key that is not in the database.
CREATE TABLE contact (
    key     text PRIMARY KEY,
    channel text NOT NULL,
    owner   text REFERENCES person (login),  -- null: of the works
    name    text NOT NULL,
    language text NOT NULL DEFAULT 'en',
    sealed  bytea NOT NULL,
    shown   text NOT NULL,                   -- the address without what is secret
    updated timestamptz NOT NULL,
    by      text NOT NULL,
    removed timestamptz                      -- its deliveries stay explained
);

-- Nobody is told of what matches meanwhile: a silence, or a maintenance window.
CREATE TABLE silence (
    silence_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    matchers jsonb NOT NULL,
    assets   text[] NOT NULL DEFAULT '{}',
    begins   timestamptz NOT NULL,
    ends     timestamptz NOT NULL,
    reason   text NOT NULL,
    by       text NOT NULL,
    created  timestamptz NOT NULL,
    ended_by text,
    CHECK (ends >= begins)
);
CREATE INDEX silence_ends ON silence (ends);

-- What a policy's group holds and what was said of it (lineshaft.domain.delivery.grouping.Group).
CREATE TABLE delivery_group (
    policy text NOT NULL,
    labels jsonb NOT NULL,
    state  jsonb NOT NULL,
    PRIMARY KEY (policy, labels)
);

-- Targets that do not answer: nothing is sent there but a probe now and then.
CREATE TABLE delivery_circuit (
    channel  text NOT NULL,
    target   text NOT NULL,
    failures integer NOT NULL,
    opened   timestamptz NOT NULL,
    probe    timestamptz NOT NULL,
    why      text NOT NULL,
    PRIMARY KEY (channel, target)
);

-- What a person is told on the screens.
CREATE TABLE inbox (
    notification_id uuid PRIMARY KEY,
    login text NOT NULL,
    at    timestamptz NOT NULL,
    body  jsonb NOT NULL,
    seen  timestamptz
);
CREATE INDEX inbox_login ON inbox (login, at DESC);

-- So that somebody hears of alarms before anybody has thought about it.
INSERT INTO delivery_setting (kind, key, document, updated, by) VALUES
    ('policy', 'default', '{"name": "Everybody in charge",
      "to": [{"kind": "role", "key": "operator"}, {"kind": "role", "key": "supervisor"},
             {"kind": "role", "key": "maintainer"}, {"kind": "role", "key": "admin"}]}', now(), 'lineshaft');

DO $$
BEGIN
    IF to_regrole('lineshaft_notify') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON notification TO lineshaft_notify;
        GRANT SELECT, DELETE ON alarm_notice TO lineshaft_notify;
        GRANT SELECT ON delivery_setting, contact, silence TO lineshaft_notify;
        GRANT SELECT (login, role, language, disabled) ON person TO lineshaft_notify;
        GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_group, delivery_circuit TO lineshaft_notify;
        GRANT SELECT, INSERT ON inbox TO lineshaft_notify;
    END IF;
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT ON alarm_notice, delivery_group, delivery_circuit TO lineshaft_web;
        GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_setting TO lineshaft_web;
        GRANT SELECT, INSERT, UPDATE ON contact, silence TO lineshaft_web;
        GRANT SELECT ON inbox TO lineshaft_web;
        GRANT UPDATE (seen) ON inbox TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT SELECT, DELETE ON inbox, notification TO lineshaft_upkeep;
    END IF;
END $$;
