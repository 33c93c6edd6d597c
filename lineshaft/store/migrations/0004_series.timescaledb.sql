-- Time series on TimescaleDB: hypertables of a day a chunk, columnstore, continuous aggregates. Same columns as on
-- plain PostgreSQL. No unique index: equal repeats are dropped in the step, and direct compress refuses one.

CREATE TABLE reading (
    ts        timestamptz      NOT NULL,
    signal_id integer          NOT NULL,
    quality   smallint         NOT NULL,
    value     double precision NOT NULL,
    pos       bigint           NOT NULL  -- the journal position it came by
);
SELECT create_hypertable('reading', by_range('ts', interval '1 day'), create_default_indexes => false);
CREATE INDEX reading_signal_ts ON reading (signal_id, ts DESC);
ALTER TABLE reading SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'signal_id', timescaledb.orderby = 'ts');

CREATE TABLE reading_text (
    ts        timestamptz NOT NULL,
    signal_id integer     NOT NULL,
    quality   smallint    NOT NULL,
    value     text        NOT NULL,
    pos       bigint      NOT NULL
);
SELECT create_hypertable('reading_text', by_range('ts', interval '1 day'), create_default_indexes => false);
CREATE INDEX reading_text_signal_ts ON reading_text (signal_id, ts DESC);
ALTER TABLE reading_text SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'signal_id', timescaledb.orderby = 'ts');

CREATE TABLE score (
    ts           timestamptz NOT NULL,
    device_id    integer     NOT NULL,
    score        real        NOT NULL,
    health       real        NOT NULL,
    zone         text,
    contributors jsonb       NOT NULL,
    model        text        NOT NULL,
    pos          bigint      NOT NULL
);
SELECT create_hypertable('score', by_range('ts', interval '1 day'), create_default_indexes => false);
CREATE INDEX score_device_ts ON score (device_id, ts DESC);
ALTER TABLE score SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'device_id', timescaledb.orderby = 'ts');

CREATE TABLE rfid_read (
    ts        timestamptz NOT NULL,
    device_id integer     NOT NULL,
    antenna   integer     NOT NULL,
    epc       text        NOT NULL,
    rssi_dbm  real,
    count     integer     NOT NULL,
    pos       bigint      NOT NULL
);
SELECT create_hypertable('rfid_read', by_range('ts', interval '1 day'), create_default_indexes => false);
CREATE INDEX rfid_read_epc_ts ON rfid_read (epc, ts DESC);
ALTER TABLE rfid_read SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'device_id', timescaledb.orderby = 'ts');

CREATE TABLE fix (
    ts          timestamptz      NOT NULL,
    device_id   integer          NOT NULL,
    lat         double precision NOT NULL,
    lon         double precision NOT NULL,
    speed_ms    real,
    heading_deg real,
    accuracy_m  real,
    flags       smallint         NOT NULL,
    pos         bigint           NOT NULL
);
SELECT create_hypertable('fix', by_range('ts', interval '1 day'), create_default_indexes => false);
CREATE INDEX fix_device_ts ON fix (device_id, ts DESC);
ALTER TABLE fix SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'device_id', timescaledb.orderby = 'ts');

-- Rollups: readings of bad or stale quality (2, 3) are not in them. They answer for the newest readings too, which
-- they add up from the table until the policy has come by.
CREATE MATERIALIZED VIEW reading_1m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket('1 minute', ts) AS bucket, signal_id,
       count(*) AS n, sum(value) AS total, min(value) AS low, max(value) AS high
FROM reading WHERE quality < 2
GROUP BY 1, 2
WITH NO DATA;

CREATE MATERIALIZED VIEW reading_1h
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket('1 hour', bucket) AS bucket, signal_id,
       sum(n)::bigint AS n, sum(total) AS total, min(low) AS low, max(high) AS high
FROM reading_1m
GROUP BY 1, 2
WITH NO DATA;
