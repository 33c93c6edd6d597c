-- Preventive plans: by the calendar, by a counter's reading, or by running hours.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE maintenance_plan (
    plan_id    uuid PRIMARY KEY,
    machine    text NOT NULL,               -- key of the asset
    title      text NOT NULL,
    title_zh   text NOT NULL DEFAULT '',
    detail     text NOT NULL DEFAULT '',
    priority   smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 4),
    team       text REFERENCES work_team,
    assignee   text,
    estimate_h double precision NOT NULL DEFAULT 0 CHECK (estimate_h >= 0),
    checks     jsonb NOT NULL DEFAULT '[]', -- [{"text": "Lock out", "text_zh": "上锁"}, …]
    parts      jsonb NOT NULL DEFAULT '[]', -- [{"part": "seal-45", "amount": 1}, …] reserved as an order is made
    lead_days  double precision NOT NULL DEFAULT 1 CHECK (lead_days >= 0),  -- an order is made so long before it is due
    way        text NOT NULL CHECK (way IN ('calendar', 'counter', 'running')),
    every      double precision NOT NULL CHECK (every > 0),   -- units of the calendar, of the counter, or hours
    unit       text NOT NULL DEFAULT 'day' CHECK (unit IN ('day', 'week', 'month')),
    starts     date,
    at_min     smallint NOT NULL DEFAULT 480 CHECK (at_min BETWEEN 0 AND 1439),
    signal     text,                        -- of the machine: what is read
    above      double precision NOT NULL DEFAULT 0,           -- running: it runs while the signal's minute is above this
    meter_total double precision NOT NULL DEFAULT 0,          -- counted since the plan was made
    meter_raw  double precision,
    meter_upto timestamptz,                 -- read up to here
    made       bigint,                      -- occurrence of the latest order
    active     boolean NOT NULL DEFAULT true,
    created    timestamptz NOT NULL,
    created_by text NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    CHECK ((way = 'calendar') = (starts IS NOT NULL)),
    CHECK (way = 'calendar' OR signal IS NOT NULL)
);

-- Occurrences that passed while the order before them was still unfinished: they count as not done on time.
ALTER TABLE work_order ADD COLUMN skipped integer NOT NULL DEFAULT 0;
ALTER TABLE work_order ADD FOREIGN KEY (plan_id) REFERENCES maintenance_plan;

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON maintenance_plan TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT SELECT ON maintenance_plan, asset, device, signal, latest_reading, reading_1m, part, work_order, work_check,
            work_entry, part_movement TO lineshaft_upkeep;
        GRANT UPDATE (meter_total, meter_raw, meter_upto, made) ON maintenance_plan TO lineshaft_upkeep;
        GRANT INSERT ON work_order, work_check, work_entry, part_movement TO lineshaft_upkeep;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON maintenance_plan TO lineshaft_readonly;
    END IF;
END $$;
