-- Work orders: what people do about machines, who did it, for how long, with what, and what they found.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- One row: what is true of all maintenance here.
CREATE TABLE maintenance_terms (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    currency  text NOT NULL DEFAULT 'CNY',
    rate_hour double precision NOT NULL DEFAULT 0 CHECK (rate_hour >= 0)   -- of labour, where a team has none of its own
);
INSERT INTO maintenance_terms DEFAULT VALUES;

CREATE TABLE work_team (
    team       text PRIMARY KEY CHECK (team ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    name       text NOT NULL,
    name_zh    text NOT NULL DEFAULT '',
    members    text[] NOT NULL DEFAULT '{}',  -- logins
    hours_week double precision NOT NULL DEFAULT 0 CHECK (hours_week >= 0),  -- that it can work on orders
    rate_hour  double precision CHECK (rate_hour >= 0)
);

CREATE TABLE work_order (
    order_id   uuid PRIMARY KEY,             -- of what it came from, where that is known: an alarm, a plan's occurrence, a request
    number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- what people call it: WO-17
    machine    text NOT NULL,                -- key of the asset, or the alarm's source where that is none
    site       text NOT NULL DEFAULT '',
    title      text NOT NULL DEFAULT '',     -- empty: its alarm says what it is about, in each language
    title_zh   text NOT NULL DEFAULT '',
    detail     text NOT NULL DEFAULT '',
    kind       text NOT NULL CHECK (kind IN ('corrective', 'preventive')),
    origin     text NOT NULL CHECK (origin IN ('alarm', 'person', 'request', 'plan')),
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'in_progress', 'on_hold', 'done', 'cancelled')),
    priority   smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    due        timestamptz NOT NULL,
    assignee   text,                         -- login
    team       text REFERENCES work_team,
    estimate_h double precision NOT NULL DEFAULT 0 CHECK (estimate_h >= 0),
    cost_other double precision NOT NULL DEFAULT 0 CHECK (cost_other >= 0),
    plan_id    uuid,
    occurrence bigint,
    request_id uuid,
    evidence   jsonb,                        -- of an alarm, as it was when the order was made
    created    timestamptz NOT NULL,
    created_by text NOT NULL,
    started    timestamptz,                  -- first
    finished   timestamptz,
    updated    timestamptz NOT NULL,
    since      timestamptz NOT NULL,         -- in this state
    worked_s   double precision NOT NULL DEFAULT 0,  -- in progress, before `since`
    -- What was found; of a mistake the order is reopened and the label withdrawn.
    verdict    text CHECK (verdict IN ('true', 'false', 'no_fault_found')),
    mode       text,
    cause      text,
    action     text,
    found      text NOT NULL DEFAULT '',
    fault_from timestamptz,
    down_s     double precision CHECK (down_s >= 0),
    label_id   bigint REFERENCES label,
    closed_by  text,
    version    integer NOT NULL DEFAULT 1    -- rises with every change of the order itself: two phones do not overwrite
);
CREATE INDEX work_order_machine ON work_order (machine, created DESC);
CREATE INDEX work_order_unfinished ON work_order (due) WHERE state IN ('open', 'in_progress', 'on_hold');
CREATE INDEX work_order_finished ON work_order (finished) WHERE finished IS NOT NULL;
CREATE INDEX work_order_plan ON work_order (plan_id, occurrence) WHERE plan_id IS NOT NULL;

-- The alarms an order answers; more than one where one fault raised several.
CREATE TABLE work_order_alarm (
    order_id uuid NOT NULL REFERENCES work_order,
    alarm_id uuid NOT NULL REFERENCES alarm,
    PRIMARY KEY (order_id, alarm_id)
);
CREATE INDEX work_order_alarm_alarm ON work_order_alarm (alarm_id);

-- Append only: what happened to an order, and what people wrote on it.
CREATE TABLE work_entry (
    entry_id   uuid PRIMARY KEY,             -- of an idempotency key, where one was given
    order_id   uuid NOT NULL REFERENCES work_order,
    at         timestamptz NOT NULL,
    by         text NOT NULL,                -- a login, or 'plan'
    what       text NOT NULL,                -- create, start, hold, resume, close, cancel, reopen, change, comment, part, file, …
    from_state text,
    to_state   text,
    text       text NOT NULL DEFAULT ''
);
CREATE INDEX work_entry_order ON work_entry (order_id, at);

CREATE TABLE work_check (
    order_id uuid NOT NULL REFERENCES work_order,
    n        smallint NOT NULL,
    text     text NOT NULL,
    text_zh  text NOT NULL DEFAULT '',
    done     timestamptz,
    done_by  text,
    PRIMARY KEY (order_id, n)
);

CREATE TABLE work_time (
    time_id   uuid PRIMARY KEY,
    order_id  uuid NOT NULL REFERENCES work_order,
    login     text NOT NULL,
    began     timestamptz NOT NULL,
    ended     timestamptz CHECK (ended >= began),
    rate_hour double precision NOT NULL,     -- as it was then
    note      text NOT NULL DEFAULT ''
);
CREATE INDEX work_time_order ON work_time (order_id);
-- Nobody works on two things at a time.
CREATE UNIQUE INDEX work_time_running ON work_time (login) WHERE ended IS NULL;

CREATE TABLE work_file (
    file_id  uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES work_order,
    name     text NOT NULL,
    type     text NOT NULL,                  -- found in its content, never believed
    size     integer NOT NULL CHECK (size > 0 AND size <= 8388608),
    sha256   text NOT NULL,
    body     bytea NOT NULL CHECK (octet_length(body) = size),
    by       text NOT NULL,
    at       timestamptz NOT NULL
);
ALTER TABLE work_file ALTER COLUMN body SET STORAGE EXTERNAL;  -- pictures come compressed
CREATE INDEX work_file_order ON work_file (order_id);

-- What people who do not mend things ask for.
CREATE TABLE work_request (
    request_id uuid PRIMARY KEY,
    number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    machine    text NOT NULL,
    text       text NOT NULL,
    priority   smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    alarm_id   uuid REFERENCES alarm,
    by         text NOT NULL,
    at         timestamptz NOT NULL,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'accepted', 'declined')),
    answered   timestamptz,
    answered_by text,
    answer     text NOT NULL DEFAULT '',
    order_id   uuid REFERENCES work_order
);
CREATE INDEX work_request_waiting ON work_request (at) WHERE state = 'waiting';
CREATE INDEX work_request_machine ON work_request (machine, at DESC);

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT ON maintenance_terms, work_team, work_order, work_order_alarm, work_entry, work_check, work_time,
            work_file, work_request TO lineshaft_web;
        GRANT INSERT ON work_team, work_order, work_order_alarm, work_entry, work_check, work_time, work_file,
            work_request TO lineshaft_web;
        GRANT UPDATE ON maintenance_terms, work_team, work_order, work_check, work_time, work_request TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        -- Who worked how long is between them and their employer; the figures do without.
        GRANT SELECT ON maintenance_terms, work_order, work_order_alarm, work_check TO lineshaft_readonly;
    END IF;
END $$;
