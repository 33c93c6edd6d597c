-- The plant as it was described (ISA-95 words), and the devices and signals that were seen.

CREATE TABLE plant (
    version  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    applied  timestamptz NOT NULL,
    by       text        NOT NULL,
    sha256   text        NOT NULL,
    document jsonb       NOT NULL        -- the whole plant.yaml, normalised (lineshaft.domain.plant)
);

CREATE TABLE asset (
    asset_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key       text NOT NULL UNIQUE,      -- the asset's id in plant.yaml, unique in the plant: 'press-1'
    parent_id integer REFERENCES asset,
    site      text NOT NULL,
    level     text NOT NULL CHECK (level IN ('site', 'area', 'line', 'work_unit', 'storage_zone', 'reader', 'vehicle')),
    kind      text NOT NULL DEFAULT '',  -- machine or vehicle kind
    name      text NOT NULL,
    sequence  integer NOT NULL DEFAULT 0,-- place among its siblings: tiles keep theirs
    settings  jsonb NOT NULL DEFAULT '{}'::jsonb,
    removed   timestamptz                -- no longer in plant.yaml; its history stays
);

CREATE TABLE device (
    device_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site       text NOT NULL,
    agent      text NOT NULL,
    device     text NOT NULL,
    asset_id   integer REFERENCES asset, -- null: unassigned, nobody described it yet
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    state      jsonb,                    -- its latest retained state and meta
    meta       jsonb,
    UNIQUE (site, agent, device)
);

CREATE TABLE signal (
    signal_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id  integer NOT NULL REFERENCES device,
    name       text NOT NULL,
    first_seen timestamptz NOT NULL,
    UNIQUE (device_id, name)
);

-- What plant.yaml says of an asset's signals.
CREATE TABLE asset_signal (
    asset_id integer NOT NULL REFERENCES asset,
    name     text    NOT NULL,
    label    text    NOT NULL DEFAULT '',
    unit     text    NOT NULL DEFAULT '',     -- UCUM
    quantity text    NOT NULL DEFAULT '',     -- key of lineshaft.domain.signals.SIGNALS
    every_s  double precision,                -- expected interval
    low_low double precision, low double precision, high double precision, high_high double precision,
    sequence integer NOT NULL DEFAULT 0,
    PRIMARY KEY (asset_id, name)
);
