-- Time series on plain PostgreSQL: native range partitions made ahead by upkeep, and a DEFAULT one for old dates.
-- No unique index on readings: equal repeats are dropped in the step, replays by the sink's position.

CREATE TABLE reading (
    ts        timestamptz      NOT NULL,
    signal_id integer          NOT NULL,
    quality   smallint         NOT NULL,
    value     double precision NOT NULL,
    pos       bigint           NOT NULL  -- the journal position it came by
) PARTITION BY RANGE (ts);
CREATE TABLE reading_default PARTITION OF reading DEFAULT;
CREATE INDEX reading_signal_ts ON reading (signal_id, ts);

CREATE TABLE reading_text (
    ts        timestamptz NOT NULL,
    signal_id integer     NOT NULL,
    quality   smallint    NOT NULL,
    value     text        NOT NULL,
    pos       bigint      NOT NULL
) PARTITION BY RANGE (ts);
CREATE TABLE reading_text_default PARTITION OF reading_text DEFAULT;
CREATE INDEX reading_text_signal_ts ON reading_text (signal_id, ts);

CREATE TABLE score (
    ts           timestamptz NOT NULL,
    device_id    integer     NOT NULL,
    score        real        NOT NULL,
    health       real        NOT NULL,
    zone         text,
    contributors jsonb       NOT NULL,
    model        text        NOT NULL,
    pos          bigint      NOT NULL
) PARTITION BY RANGE (ts);
CREATE TABLE score_default PARTITION OF score DEFAULT;
CREATE INDEX score_device_ts ON score (device_id, ts);

CREATE TABLE rfid_read (
    ts        timestamptz NOT NULL,
    device_id integer     NOT NULL,
    antenna   integer     NOT NULL,
    epc       text        NOT NULL,
    rssi_dbm  real,
    count     integer     NOT NULL,
    pos       bigint      NOT NULL
) PARTITION BY RANGE (ts);
CREATE TABLE rfid_read_default PARTITION OF rfid_read DEFAULT;
CREATE INDEX rfid_read_epc_ts ON rfid_read (epc, ts);

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
) PARTITION BY RANGE (ts);
CREATE TABLE fix_default PARTITION OF fix DEFAULT;
CREATE INDEX fix_device_ts ON fix (device_id, ts);

-- Rollups, kept by upkeep from the readings committed since its last run (so late readings are in them too).
CREATE TABLE reading_1m (
    bucket    timestamptz      NOT NULL,
    signal_id integer          NOT NULL,
    n         bigint           NOT NULL,
    total     double precision NOT NULL,
    low       double precision NOT NULL,
    high      double precision NOT NULL,
    PRIMARY KEY (signal_id, bucket)
);
CREATE TABLE reading_1h (LIKE reading_1m INCLUDING ALL);
