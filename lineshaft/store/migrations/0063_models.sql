-- What people found at machines, the models learned from it, and what becomes of those models' words.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- What was found at a machine, from when to when: work orders' close codes land here. Nothing is changed; a mistake is
-- withdrawn and said again.
CREATE TABLE label (
    label_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine   text NOT NULL,              -- key of the asset
    began     timestamptz NOT NULL,       -- of a fault: when it was one; of a false alarm: when it was looked at
    ended     timestamptz NOT NULL,       -- mended, or closed
    mode      text,                       -- failure mode, null: none or not known
    verdict   text NOT NULL CHECK (verdict IN ('true', 'false', 'no_fault_found')),
    source    text NOT NULL,              -- work_order, person, import
    reference text NOT NULL DEFAULT '',   -- number of the work order, say
    by        text NOT NULL,
    at        timestamptz NOT NULL,
    withdrawn timestamptz,
    CHECK (ended >= began)
);
CREATE INDEX label_machine ON label (machine, began);
CREATE UNIQUE INDEX label_reference ON label (source, reference, machine) WHERE reference <> '' AND withdrawn IS NULL;

CREATE TABLE model (
    model_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,31}$'),
    kind      text NOT NULL,              -- machine kind, '*' for all
    version   integer NOT NULL CHECK (version > 0),
    label     text NOT NULL UNIQUE GENERATED ALWAYS AS
              (name || '-' || CASE kind WHEN '*' THEN 'all' ELSE kind END || '-' || version) STORED,
    role      text NOT NULL CHECK (role IN ('challenger', 'champion', 'retired', 'advisory')),
    since     timestamptz NOT NULL,       -- in this role
    trained   timestamptz NOT NULL,
    span_from timestamptz NOT NULL,       -- of the history it was learned from
    span_to   timestamptz NOT NULL,
    features  jsonb NOT NULL,             -- names of its columns
    metrics   jsonb NOT NULL,             -- on the part of the history it had not seen
    threshold double precision NOT NULL CHECK (threshold > 0 AND threshold <= 1),
    target    double precision NOT NULL CHECK (target >= 0 AND target <= 1), -- precision below which it demotes itself
    sha256    text NOT NULL,
    artefact  bytea NOT NULL CHECK (octet_length(artefact) <= 2097152),
    UNIQUE (name, kind, version)
);
ALTER TABLE model ALTER COLUMN artefact SET STORAGE EXTERNAL;  -- it comes compressed
CREATE UNIQUE INDEX model_one_champion ON model (name, kind) WHERE role = 'champion';

-- Append only: what became of models, by whom and why.
CREATE TABLE model_event (
    model_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id  integer NOT NULL REFERENCES model,
    at        timestamptz NOT NULL,
    from_role text,                       -- null: it was new
    to_role   text NOT NULL,
    by        text NOT NULL,              -- a login, 'cli', or 'lineshaft' for the model itself
    why       text NOT NULL,
    pos       bigint NOT NULL             -- of the control row that told the stream
);
CREATE INDEX model_event_model ON model_event (model_id);

-- A model's word that a machine will fail within a day, written by the flow when it begins and when it ends.
CREATE TABLE forewarning (
    device_id integer NOT NULL REFERENCES device,
    model     text NOT NULL,              -- model.label
    role      text NOT NULL,
    began     timestamptz NOT NULL,
    ended     timestamptz,
    peak      real NOT NULL,              -- highest probability until then
    pos       bigint NOT NULL,
    PRIMARY KEY (model, device_id, began)
);

-- Appends the row `_/model` that tells the stream of a model as it stands; it holds the journal until the transaction ends.
CREATE FUNCTION model_tell(wanted integer, at timestamptz) RETURNS bigint
LANGUAGE sql SET search_path FROM CURRENT AS $$
    SELECT journal_control('_/model', convert_to(jsonb_build_object(
        'name', name, 'kind', kind, 'version', version, 'role', role, 'threshold', threshold, 'sha256', sha256,
        'artefact', translate(encode(artefact, 'base64'), E'\n', ''))::text, 'UTF8'), at)
    FROM model WHERE model_id = wanted
$$;

-- Gives a model another role, writes down who did it and why, and tells the stream: all in the caller's transaction.
-- A new champion retires the old one. Gives the position of the row; null: there is no such model; 0: it has that role.
CREATE FUNCTION model_become(wanted integer, new_role text, who text, reason text, at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    it   model;
    old  model;
    told bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lineshaft model', 0));
    SELECT * INTO it FROM model WHERE model_id = wanted;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF it.role = new_role THEN
        RETURN 0;
    END IF;
    SELECT * INTO old FROM model WHERE name = it.name AND kind = it.kind AND role = 'champion' AND model_id <> wanted;
    IF new_role = 'champion' AND FOUND THEN
        UPDATE model SET role = 'retired', since = at WHERE model_id = old.model_id;
    END IF;
    UPDATE model SET role = new_role, since = at WHERE model_id = wanted;
    told := model_tell(wanted, at);
    IF new_role = 'champion' AND old.model_id IS NOT NULL THEN
        INSERT INTO model_event (model_id, at, from_role, to_role, by, why, pos)
        VALUES (old.model_id, at, 'champion', 'retired', who, 'succeeded by ' || it.label, told);
    END IF;
    INSERT INTO model_event (model_id, at, from_role, to_role, by, why, pos)
    VALUES (wanted, at, it.role, new_role, who, reason, told);
    RETURN told;
END $$;
REVOKE ALL ON FUNCTION model_tell(integer, timestamptz),
    model_become(integer, text, text, text, timestamptz) FROM PUBLIC;

-- Each forewarning and what was found: confirmed, refuted, or null while nobody has said. A label speaks of it when it
-- reaches into the forewarning or the day after.
CREATE VIEW forewarning_found AS
SELECT m.model_id, w.model, w.device_id, a.key AS machine, w.role, w.began, w.ended, w.peak,
       l.confirmed, greatest(l.fault - w.began, interval '0') AS lead
FROM forewarning w
JOIN model m ON m.label = w.model
JOIN device d ON d.device_id = w.device_id
LEFT JOIN asset a ON a.asset_id = d.asset_id
LEFT JOIN LATERAL (
    SELECT bool_or(verdict = 'true') AS confirmed, min(began) FILTER (WHERE verdict = 'true') AS fault
    FROM label WHERE machine = a.key AND withdrawn IS NULL AND label.ended >= w.began
      AND label.began <= coalesce(w.ended, 'infinity') + interval '1 day'
    HAVING count(*) > 0) l ON true;

-- How good each model is in use. Faults count as missed where no forewarning began within the week before them.
CREATE VIEW model_standing AS
SELECT m.model_id,
       w.forewarnings, w.confirmed, w.refuted, w.confirmed::double precision / nullif(w.confirmed + w.refuted, 0) AS precision,
       f.found, f.missed, f.found::double precision / nullif(f.found + f.missed, 0) AS recall,
       w.lead_s, u.machine_weeks, w.refuted / nullif(u.machine_weeks, 0) AS false_alarms_week,
       r.judged AS recent, r.precision AS recent_precision
FROM model m
CROSS JOIN LATERAL (
    SELECT min(at) AS began, CASE m.role WHEN 'retired' THEN m.since ELSE now() END AS ended
    FROM model_event WHERE model_id = m.model_id) e
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS forewarnings, count(*) FILTER (WHERE confirmed)::integer AS confirmed,
           count(*) FILTER (WHERE NOT confirmed)::integer AS refuted,
           extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY lead) FILTER (WHERE confirmed))::double precision
               AS lead_s
    FROM forewarning_found WHERE model_id = m.model_id) w
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE told)::integer AS found, count(*) FILTER (WHERE NOT told)::integer AS missed
    FROM (SELECT EXISTS (
              SELECT FROM forewarning_found w WHERE w.model_id = m.model_id AND w.machine = l.machine
                AND w.began <= l.began AND coalesce(w.ended, 'infinity') >= l.began - interval '7 days') AS told
          FROM label l JOIN asset a ON a.key = l.machine
          WHERE l.verdict = 'true' AND l.withdrawn IS NULL AND l.began BETWEEN e.began AND e.ended
            AND m.kind IN ('*', a.kind)) faults) f
CROSS JOIN LATERAL (
    SELECT count(*) * greatest(extract(epoch FROM e.ended - e.began), 0)::double precision / 604800 AS machine_weeks
    FROM asset WHERE level = 'work_unit' AND removed IS NULL AND m.kind IN ('*', kind)) u
CROSS JOIN LATERAL (
    -- The last 30 that were judged since it was given its role: who promotes it anew has seen the ones before.
    SELECT count(*)::integer AS judged, avg(confirmed::integer)::double precision AS precision
    FROM (SELECT confirmed FROM forewarning_found
          WHERE model_id = m.model_id AND confirmed IS NOT NULL AND began >= m.since
          ORDER BY began DESC LIMIT 30) latest) r;

-- A journal that loses its oldest rows says again what a flow that begins anew must know: the models in use as well.
CREATE OR REPLACE FUNCTION journal_carry() RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM journal_control('_/plant', convert_to(document::text, 'UTF8'), clock_timestamp())
    FROM (SELECT document FROM plant ORDER BY version DESC LIMIT 1) AS latest;
    PERFORM journal_control('_/shipment', convert_to(jsonb_build_object(
                'id', shipment_id, 'vehicle', vehicle, 'route', route, 'reference', reference, 'customer', customer,
                'planned_departure_ms', round(extract(epoch FROM planned_departure) * 1000)::bigint,
                'planned_arrival_ms', round(extract(epoch FROM planned_arrival) * 1000)::bigint)::text, 'UTF8'),
            clock_timestamp())
    FROM (SELECT * FROM shipment WHERE state IN ('planned', 'underway') ORDER BY shipment_id) AS open;
    PERFORM model_tell(model_id, clock_timestamp())
    FROM (SELECT model_id FROM model WHERE role <> 'retired' ORDER BY model_id) AS used;
END $$;

DO $$
BEGIN
    IF to_regrole('lineshaft_stream') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON forewarning TO lineshaft_stream;
    END IF;
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT SELECT ON model_standing TO lineshaft_upkeep;
        GRANT SELECT (model_id, label, role, target) ON model TO lineshaft_upkeep;
        GRANT EXECUTE ON FUNCTION model_become(integer, text, text, text, timestamptz) TO lineshaft_upkeep;
    END IF;
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT ON label, model, model_event, forewarning, forewarning_found, model_standing TO lineshaft_web;
        GRANT INSERT, UPDATE (withdrawn) ON label TO lineshaft_web;
        GRANT EXECUTE ON FUNCTION model_become(integer, text, text, text, timestamptz) TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON label, model_event, forewarning, forewarning_found, model_standing TO lineshaft_readonly;
        GRANT SELECT (model_id, name, kind, version, label, role, since, trained, span_from, span_to, features, metrics,
                      threshold, target, sha256) ON model TO lineshaft_readonly;
    END IF;
END $$;
