-- Spare parts: what lies where, what is promised to whom, and every movement that led to it.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE part (
    part      text PRIMARY KEY CHECK (part ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    name      text NOT NULL,
    name_zh   text NOT NULL DEFAULT '',
    unit      text NOT NULL DEFAULT '',       -- empty: pieces
    location  text NOT NULL DEFAULT '',
    minimum   double precision NOT NULL DEFAULT 0 CHECK (minimum >= 0),
    unit_cost double precision NOT NULL DEFAULT 0 CHECK (unit_cost >= 0),
    kinds     text[] NOT NULL DEFAULT '{}',   -- machine kinds it fits; empty: any
    removed   timestamptz
);

-- Append only. On hand is the sum of `hand`, reserved that of `held`.
CREATE TABLE part_movement (
    movement_id uuid PRIMARY KEY,             -- of an idempotency key, where one was given
    part      text NOT NULL REFERENCES part,
    at        timestamptz NOT NULL,
    by        text NOT NULL,
    what      text NOT NULL CHECK (what IN ('receive', 'count', 'use', 'return', 'reserve', 'release')),
    hand      double precision NOT NULL,
    held      double precision NOT NULL,
    unit_cost double precision NOT NULL,      -- as it was then
    order_id  uuid REFERENCES work_order,
    note      text NOT NULL DEFAULT ''
);
CREATE INDEX part_movement_part ON part_movement (part, at);
CREATE INDEX part_movement_order ON part_movement (order_id) WHERE order_id IS NOT NULL;

CREATE VIEW part_stock AS
SELECT p.part, coalesce(sum(m.hand), 0) AS on_hand, coalesce(sum(m.held), 0) AS reserved,
       coalesce(-sum(m.hand) FILTER (WHERE m.what IN ('use', 'return')), 0) AS used
FROM part p LEFT JOIN part_movement m USING (part)
GROUP BY p.part;

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT ON part, part_movement, part_stock TO lineshaft_web;
        GRANT INSERT, UPDATE ON part TO lineshaft_web;
        GRANT INSERT ON part_movement TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON part, part_movement, part_stock TO lineshaft_readonly;
    END IF;
END $$;
