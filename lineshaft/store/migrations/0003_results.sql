-- What the shard flow derives, besides the time series of 0004. Each sink moves its position in the transaction of its rows.

CREATE TABLE sink_position (
    sink    text     NOT NULL,           -- 'shard' (one row a shard) and 'plant' (shard 0)
    shard   smallint NOT NULL,
    pos     bigint   NOT NULL,           -- everything up to it is written
    updated timestamptz NOT NULL,
    PRIMARY KEY (sink, shard)
);

-- The books of the flow: readings decoded = stored + duplicate_same + duplicate_conflict + rejected + dropped.
CREATE TABLE flow_count (
    shard    smallint NOT NULL,
    site     text     NOT NULL,
    agent    text     NOT NULL,
    result   text     NOT NULL CHECK (result IN
             ('stored', 'duplicate_same', 'duplicate_conflict', 'rejected', 'dropped', 'control')),
    code     text     NOT NULL DEFAULT '',
    messages bigint   NOT NULL DEFAULT 0, -- 'stored' counts messages that decoded, 'rejected' those that did not
    readings bigint   NOT NULL DEFAULT 0, -- readings of machines, reads of tags, fixes, events and reports alike
    PRIMARY KEY (shard, site, agent, result, code)
);

CREATE TABLE latest_reading (
    signal_id integer PRIMARY KEY REFERENCES signal,
    ts        timestamptz NOT NULL,
    value     double precision,
    text      text,
    quality   smallint NOT NULL,
    pos       bigint   NOT NULL
);
CREATE INDEX latest_reading_pos ON latest_reading (pos);

CREATE TABLE latest_score (
    device_id    integer PRIMARY KEY REFERENCES device,
    ts           timestamptz NOT NULL,
    score        real NOT NULL,          -- 0 normal … 1
    health       real NOT NULL,          -- 0 … 100
    zone         text,                   -- vibration zone A … D (ISO 20816-3), null where not measured
    state        text NOT NULL,          -- RUN, IDLE, DOWN, SETUP, MAINT, OFFLINE
    state_since  timestamptz NOT NULL,
    contributors jsonb NOT NULL,         -- [{"signal": "vib", "share": 0.61}, …] largest first
    model        text NOT NULL,
    pos          bigint NOT NULL
);
CREATE INDEX latest_score_pos ON latest_score (pos);

-- Smoothed presence of a tag at one reader's zone; what crosses readers is `item` (plant flow).
CREATE TABLE presence (
    device_id integer NOT NULL REFERENCES device,
    zone      text    NOT NULL,
    epc       text    NOT NULL,
    since     timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    reads     bigint  NOT NULL,
    present   boolean NOT NULL,
    pos       bigint  NOT NULL,
    PRIMARY KEY (device_id, zone, epc)
);

CREATE TABLE latest_fix (
    device_id   integer PRIMARY KEY REFERENCES device,
    ts          timestamptz NOT NULL,
    lat         double precision NOT NULL,
    lon         double precision NOT NULL,
    speed_ms    real,
    heading_deg real,
    accuracy_m  real,
    trip_state  text NOT NULL,           -- MOVING, STOPPED
    state_since timestamptz NOT NULL,
    odometer_m  double precision NOT NULL,
    pos         bigint NOT NULL
);
CREATE INDEX latest_fix_pos ON latest_fix (pos);

CREATE TABLE event (
    pos       bigint  NOT NULL,
    n         integer NOT NULL,          -- place within its message
    ts        timestamptz NOT NULL,
    device_id integer NOT NULL REFERENCES device,
    code      text    NOT NULL,
    severity  text    NOT NULL,
    text      text    NOT NULL,
    detail    jsonb   NOT NULL,
    PRIMARY KEY (pos, n)
);
CREATE INDEX event_device_ts ON event (device_id, ts DESC);

-- What shards tell the plant: few rows, read in (pos, shard, n) order once every shard's frontier has passed.
CREATE TABLE fact (
    pos    bigint   NOT NULL,
    shard  smallint NOT NULL,
    n      integer  NOT NULL,
    ts     timestamptz NOT NULL,         -- when it became so
    kind   text     NOT NULL,            -- presence, condition, event, eta, …
    source text     NOT NULL,            -- asset key, or 'site/agent/device' of an unassigned device
    body   jsonb    NOT NULL,
    PRIMARY KEY (pos, shard, n)
);

-- Tags across the plant.
CREATE TABLE item (
    epc       text PRIMARY KEY,
    zone      text NOT NULL,
    since     timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    present   boolean NOT NULL,          -- false: last seen there, now out of sight
    pos       bigint NOT NULL
);
CREATE INDEX item_pos ON item (pos);
CREATE INDEX item_zone ON item (zone) WHERE present;

CREATE TABLE move (
    pos       bigint NOT NULL,
    n         integer NOT NULL,
    ts        timestamptz NOT NULL,
    epc       text NOT NULL,
    from_zone text,
    to_zone   text,                      -- null: left, and seen nowhere since
    PRIMARY KEY (pos, n)
);
CREATE INDEX move_epc_ts ON move (epc, ts DESC);
CREATE INDEX move_ts ON move (ts DESC);
