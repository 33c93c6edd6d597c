-- How the road goes: what people imported for a lane, and what a routing server said of the places a load calls at.

CREATE TABLE way (
    key      text        PRIMARY KEY,   -- a lane, or the places (lineshaft.domain.ways.key_of)
    source   text        NOT NULL CHECK (source IN ('gpx', 'geojson', 'osrm', 'valhalla')),
    document jsonb       NOT NULL,      -- lineshaft.domain.ways.to_document
    length_m double precision NOT NULL,
    drive_s  double precision,          -- null: nobody said
    by       text        NOT NULL,
    at       timestamptz NOT NULL,
    pos      bigint      NOT NULL
);

CREATE FUNCTION way_carry() RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    SELECT journal_control('_/way', convert_to(document::text, 'UTF8'), clock_timestamp())
    FROM (SELECT document FROM way ORDER BY pos, key) AS known
$$;
REVOKE ALL ON FUNCTION way_carry() FROM PUBLIC;

-- A journal that loses its oldest rows says again what a flow that begins anew must know: the ways as well, and
-- before the shipments that go by them.
DO $$
BEGIN
    EXECUTE replace(pg_get_functiondef('journal_carry()'::regprocedure), E'\nBEGIN\n',
                    E'\nBEGIN\n    PERFORM way_carry();\n');
    IF position('way_carry' IN pg_get_functiondef('journal_carry()'::regprocedure)) = 0 THEN
        RAISE EXCEPTION 'journal_carry() does not tell of ways';
    END IF;
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON way TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON way TO lineshaft_upkeep;
        GRANT SELECT ON plant TO lineshaft_upkeep;
        GRANT SELECT (shipment_id, route, stops, state, vehicle, planned_departure) ON shipment TO lineshaft_upkeep;
        GRANT EXECUTE ON FUNCTION journal_control(text, bytea, timestamptz) TO lineshaft_upkeep;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON way TO lineshaft_readonly;
    END IF;
END $$;
