-- Alarms (ISA-18.2) and their delivery. Stream and operators change them through the same transition.

CREATE TABLE alarm (
    alarm_id     uuid PRIMARY KEY,       -- from (source, rule, position it was raised at): a replay makes the same
    source       text NOT NULL,          -- asset key, or 'site/agent/device'
    site         text NOT NULL,
    rule         text NOT NULL,          -- 'threshold:temp', 'anomaly', 'stale:temp', 'late:SH-1'
    priority     smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    state        text NOT NULL CHECK (state IN ('normal', 'unacknowledged', 'acknowledged', 'returned')),
    raised       timestamptz NOT NULL,
    updated      timestamptz NOT NULL,
    cleared      timestamptz,            -- when the condition went away
    acked        timestamptz,
    acked_by     text,
    comment      text,
    value        double precision,
    threshold    double precision,
    message      text NOT NULL,          -- key of the message catalogue: 'alarm.high'
    arguments    jsonb NOT NULL,         -- its parameters
    count        integer NOT NULL DEFAULT 1,
    raised_pos   bigint NOT NULL,
    pos          bigint NOT NULL         -- of the last change
);
-- One active alarm per source and rule, whatever happens at the same time.
CREATE UNIQUE INDEX alarm_one_active ON alarm (source, rule) WHERE state <> 'normal';
CREATE INDEX alarm_raised ON alarm (raised DESC);
CREATE INDEX alarm_pos ON alarm (pos);

CREATE TABLE alarm_journal (
    alarm_journal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id   uuid NOT NULL REFERENCES alarm,
    at         timestamptz NOT NULL,
    event      text NOT NULL,            -- raise, clear, reraise, ack, escalate
    from_state text NOT NULL,
    to_state   text NOT NULL,
    by         text NOT NULL,            -- 'stream' or a login
    comment    text,
    value      double precision,
    pos        bigint
);
CREATE INDEX alarm_journal_alarm ON alarm_journal (alarm_id);

-- The transactional outbox of notify.
CREATE TABLE notification (
    notification_id uuid PRIMARY KEY,    -- from (alarm, transition, channel, target): the same on every try
    alarm_id    uuid NOT NULL REFERENCES alarm,
    channel     text NOT NULL,           -- key of stream.notify.CHANNELS
    target      text NOT NULL,
    body        jsonb NOT NULL,
    created     timestamptz NOT NULL,
    next_try    timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    leased      timestamptz,
    delivered   timestamptz,
    dead        timestamptz,
    last_error  text
);
CREATE INDEX notification_due ON notification (next_try) WHERE delivered IS NULL AND dead IS NULL;
