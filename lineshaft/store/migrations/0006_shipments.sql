-- Shipments on their way, and when they will arrive.

CREATE TABLE shipment (
    shipment_id       text PRIMARY KEY,
    vehicle           text,              -- asset key
    route             text,              -- route id of plant.yaml
    reference         text NOT NULL DEFAULT '', -- order number
    customer          text NOT NULL DEFAULT '',
    state             text NOT NULL CHECK (state IN ('planned', 'underway', 'arrived', 'cancelled')),
    planned_departure timestamptz,
    planned_arrival   timestamptz,
    departed          timestamptz,
    arrived           timestamptz,
    updated           timestamptz NOT NULL,
    pos               bigint NOT NULL
);
CREATE INDEX shipment_pos ON shipment (pos);

CREATE TABLE latest_eta (
    shipment_id text PRIMARY KEY,
    ts          timestamptz NOT NULL,    -- the fix it was computed at
    eta_p10     timestamptz NOT NULL,
    eta_p50     timestamptz NOT NULL,
    eta_p90     timestamptz NOT NULL,
    remaining_m double precision NOT NULL,
    pace_ms     real NOT NULL,           -- the pace assumed, m/s
    model       text NOT NULL,
    pos         bigint NOT NULL
);
CREATE INDEX latest_eta_pos ON latest_eta (pos);

CREATE TABLE eta (
    ts          timestamptz NOT NULL,
    shipment_id text NOT NULL,
    eta_p10     timestamptz NOT NULL,
    eta_p50     timestamptz NOT NULL,
    eta_p90     timestamptz NOT NULL,
    remaining_m double precision NOT NULL,
    pace_ms     real NOT NULL,
    model       text NOT NULL,
    pos         bigint NOT NULL
);
CREATE INDEX eta_shipment_ts ON eta (shipment_id, ts);
