-- Who carries, what was ordered and promised, what carrying costs, and what carriers ask for.

CREATE TABLE carrier (
    carrier text PRIMARY KEY,               -- key, as shipments name it
    name    text NOT NULL,
    name_zh text NOT NULL DEFAULT '',
    logins  text[] NOT NULL DEFAULT '{}',   -- people with the role carrier who see its loads, and no others
    active  boolean NOT NULL DEFAULT true
);

CREATE TABLE customer_order (
    order_id text PRIMARY KEY,
    customer text NOT NULL,
    promised timestamptz,                   -- when it has to be there
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    value    numeric(15, 2) NOT NULL CHECK (value >= 0),
    penalty  jsonb NOT NULL DEFAULT '{}',   -- {grace_min, fixed, per_hour, cap}: amounts as text
    lines    jsonb NOT NULL DEFAULT '[]',   -- [{line, item, quantity, made, machine, plant_line}]
    closed   timestamptz,
    by       text NOT NULL,
    at       timestamptz NOT NULL
);
CREATE INDEX customer_order_lines ON customer_order USING gin (lines jsonb_path_ops) WHERE closed IS NULL;

CREATE TABLE tariff (
    tariff_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier   text NOT NULL REFERENCES carrier,
    currency  text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    from_day  date NOT NULL,
    to_day    date,                         -- not included; null: until further notice
    terms     jsonb NOT NULL,               -- lineshaft.domain.tariffs.Tariff
    by        text NOT NULL,
    at        timestamptz NOT NULL,
    UNIQUE (carrier, from_day)
);

CREATE TABLE invoice (
    carrier  text NOT NULL REFERENCES carrier,
    number   text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    issued   timestamptz NOT NULL,
    lines    jsonb NOT NULL,                -- [{line, shipment, charge, amount, quantity, …}]
    state    text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'approved', 'disputed')),
    decided  timestamptz,
    decided_by text,
    by       text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (carrier, number)
);

-- What receivers complained about; a shipment with one is not in order.
CREATE TABLE complaint (
    complaint_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shipment_id  text NOT NULL REFERENCES shipment,
    what         text NOT NULL,
    by           text NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX complaint_shipment ON complaint (shipment_id);

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON carrier, customer_order, invoice TO lineshaft_web;
        GRANT SELECT, INSERT ON tariff, complaint TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON carrier, customer_order, tariff, invoice, complaint TO lineshaft_readonly;
    END IF;
END $$;
