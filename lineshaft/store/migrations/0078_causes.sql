-- Alarms that have one cause, floods, and what the plant flow remembers of both; utilities among the assets.

ALTER TABLE asset DROP CONSTRAINT asset_level_check;
ALTER TABLE asset ADD CONSTRAINT asset_level_check CHECK (level IN (
    'site', 'area', 'line', 'work_unit', 'storage_zone', 'reader', 'vehicle', 'utility'));

-- Alarms under one probable root; alarm.group_key names the group each is in.
CREATE TABLE alarm_group (
    group_key  text PRIMARY KEY,     -- from its first alarm: a replay makes the same
    site       text NOT NULL,
    root       text NOT NULL,        -- key of an asset or utility, or 'net:site/agent'
    kind       text NOT NULL,        -- asset, line, or a kind of utility
    since      timestamptz NOT NULL, -- of the first child
    named      timestamptz NOT NULL, -- when this root was found
    updated    timestamptz NOT NULL,
    until      timestamptz,          -- null while a condition of it holds
    children   integer NOT NULL,     -- alarms
    confidence real NOT NULL,        -- probability of the root
    why        jsonb NOT NULL,       -- sources, of, within_s, expected, others: {node: share}
    "into"     text,                 -- the group that took its children over
    pos        bigint NOT NULL
);
CREATE INDEX alarm_group_since ON alarm_group (since DESC);
CREATE INDEX alarm_group_open ON alarm_group (since DESC) WHERE until IS NULL;
CREATE INDEX alarm_in_group ON alarm (group_key) WHERE group_key IS NOT NULL;
CREATE INDEX alarm_occurrence ON alarm (source, rule, raised_pos DESC);

-- More alarms than people can meet: above 10 in 10 minutes until below 5.
CREATE TABLE alarm_flood (
    scope         text NOT NULL,     -- site or area
    site          text NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz,
    annunciations integer NOT NULL,
    peak          integer NOT NULL,  -- most in ten minutes
    pos           bigint NOT NULL,
    PRIMARY KEY (scope, since)
);
CREATE INDEX alarm_flood_since ON alarm_flood (since DESC);

-- What the plant flow cannot read from its results: one row a part, of the position it stands at.
CREATE TABLE plant_memory (
    part text PRIMARY KEY,
    pos  bigint NOT NULL,
    body bytea NOT NULL              -- JSON
);

-- The journal by time: figures of a shift do not read a year.
CREATE INDEX alarm_journal_at ON alarm_journal (at) WHERE event IN ('raise', 'reraise', 'escalate', 'ack', 'clear');

DO $$
BEGIN
    IF to_regrole('lineshaft_stream') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON alarm_group, alarm_flood, plant_memory TO lineshaft_stream;
    END IF;
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT ON alarm_group, alarm_flood, plant_memory TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_notify') IS NOT NULL THEN
        GRANT SELECT ON alarm_group, alarm_flood TO lineshaft_notify;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON alarm_group, alarm_flood TO lineshaft_readonly;
    END IF;
END $$;
