-- Trips and stops of vehicles, geofences, and who visited them.

CREATE TABLE leg (
    device_id  integer          NOT NULL REFERENCES device,
    kind       text             NOT NULL CHECK (kind IN ('trip', 'stop')),
    began      timestamptz      NOT NULL,
    ended      timestamptz      NOT NULL,
    lat        double precision NOT NULL,
    lon        double precision NOT NULL,
    end_lat    double precision NOT NULL,
    end_lon    double precision NOT NULL,
    way_m      double precision NOT NULL,
    idle_s     double precision,           -- standing with the engine on; null: the tracker never said
    fastest_ms real             NOT NULL,
    pos        bigint           NOT NULL,
    PRIMARY KEY (device_id, began)
);

-- Every version of every fence: a visit names the one it was of. The newest of a key is the one that holds.
CREATE TABLE fence (
    key      text        NOT NULL,
    version  integer     NOT NULL,
    name     text        NOT NULL,
    kind     text        NOT NULL CHECK (kind IN ('circle', 'polygon', 'corridor')),
    points   jsonb       NOT NULL,         -- [[lat, lon], …]
    radius_m double precision NOT NULL,
    dwell_s  double precision NOT NULL,
    margin_m double precision NOT NULL,
    removed  boolean     NOT NULL DEFAULT false,
    by       text        NOT NULL,
    at       timestamptz NOT NULL,
    pos      bigint      NOT NULL,
    PRIMARY KEY (key, version)
);

CREATE TABLE visit (
    device_id integer     NOT NULL REFERENCES device,
    fence     text        NOT NULL,
    version   integer     NOT NULL,
    entered   timestamptz NOT NULL,
    departed  timestamptz,                 -- null: still there
    pos       bigint      NOT NULL,
    PRIMARY KEY (device_id, fence, entered)
);
CREATE INDEX visit_fence ON visit (fence, entered DESC);

DO $$
DECLARE
    reader text;
BEGIN
    IF to_regrole('lineshaft_stream') IS NULL THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE ON leg, visit TO lineshaft_stream;
    GRANT SELECT, INSERT ON fence TO lineshaft_web;
    FOREACH reader IN ARRAY ARRAY['lineshaft_web', 'lineshaft_readonly'] LOOP
        EXECUTE format('GRANT SELECT ON leg, visit, fence TO %I', reader);
    END LOOP;
END $$;
