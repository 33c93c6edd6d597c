-- The journal: every message as it came, in the order it was committed. Everything else can be derived from it again.

CREATE TABLE journal_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    db       text   NOT NULL,            -- the journal's own id, renewed by a restore: agents see it in the mark
    pos      bigint NOT NULL DEFAULT 0   -- the last position given; gapless, in commit order
);
INSERT INTO journal_head (db) VALUES (substr(md5(random()::text || clock_timestamp()::text), 1, 12));

CREATE TABLE journal (
    pos        bigint      NOT NULL,
    shard      smallint    NOT NULL,     -- -1: a control row (tick, configuration), seen by every shard
    received   timestamptz NOT NULL,     -- the only "now" that steps know
    site       text,                     -- null with agent: control rows and foreign topics
    agent      text,
    boot       text,                     -- null with lane and seq: a message without envelope
    lane       smallint,                 -- 0 live, 1 late
    seq        bigint,
    topic      text        NOT NULL,     -- control rows: '_/tick', '_/plant', '_/rules', '_/ack', …
    properties jsonb,                    -- what else the message carried, envelope left out; null mostly
    body       bytea       NOT NULL,
    PRIMARY KEY (pos)
) PARTITION BY RANGE (pos);

-- One row an agent's lane: the seq that is committed, and the only thing that moves it is a committed append.
CREATE TABLE cursor (
    site    text        NOT NULL,
    agent   text        NOT NULL,
    boot    text        NOT NULL,
    lane    smallint    NOT NULL,
    seq     bigint      NOT NULL,
    updated timestamptz NOT NULL,
    PRIMARY KEY (site, agent, boot, lane)
);

-- The books of ingest: received = journaled + duplicate + ahead + refused.
CREATE TABLE ingest_count (
    site     text   NOT NULL,            -- '' with agent '': foreign or unreadable topics
    agent    text   NOT NULL,
    result   text   NOT NULL CHECK (result IN ('journaled', 'duplicate', 'ahead', 'refused')),
    code     text   NOT NULL DEFAULT '', -- the reject code of what was refused
    messages bigint NOT NULL,
    PRIMARY KEY (site, agent, result, code)
);

-- Messages that will never come: booked with their cause, never silently skipped.
CREATE TABLE gap (
    site      text        NOT NULL,
    agent     text        NOT NULL,
    boot      text        NOT NULL,
    lane      smallint    NOT NULL,
    first_seq bigint      NOT NULL,
    last_seq  bigint      NOT NULL,
    cause     text        NOT NULL CHECK (cause IN ('edge_dropped', 'server_restored')),
    booked    timestamptz NOT NULL,
    PRIMARY KEY (site, agent, boot, lane, first_seq)
);

-- What could not be used, with its reason. The counters are exact; bodies are sampled so that rubbish cannot fill the disk.
CREATE TABLE dead_letter (
    dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received timestamptz NOT NULL,
    stage    text        NOT NULL CHECK (stage IN ('ingest', 'flow', 'plant')),
    pos      bigint,                     -- null: refused before the journal
    topic    text        NOT NULL,
    site     text,
    agent    text,
    device   text,
    boot     text,
    lane     smallint,
    seq      bigint,
    code     text        NOT NULL,
    detail   text        NOT NULL,
    readings integer     NOT NULL DEFAULT 0,
    length   integer     NOT NULL,
    sha256   bytea       NOT NULL,
    body     bytea,                      -- the first 64 kB; null where the sample was full
    version  text        NOT NULL,       -- the software that rejected it
    replayed timestamptz
);
CREATE INDEX dead_letter_received ON dead_letter (received DESC);

-- Who is alive: each service writes its row every 2 s.
CREATE TABLE service_beat (
    service text        NOT NULL,        -- ingest, flow, plant, upkeep, notify, web
    started timestamptz NOT NULL,
    seen    timestamptz NOT NULL,
    version text        NOT NULL,
    detail  jsonb       NOT NULL DEFAULT '{}'::jsonb,
    PRIMARY KEY (service)
);
