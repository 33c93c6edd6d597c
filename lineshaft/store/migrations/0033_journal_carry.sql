-- What the dropped part of the journal said of the plant and of open shipments is said again before it goes: a flow
-- that begins anew at the oldest row kept must know both. Repeated, they change nothing.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE FUNCTION journal_carry() RETURNS void
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
END $$;
REVOKE ALL ON FUNCTION journal_carry() FROM PUBLIC;

CREATE OR REPLACE FUNCTION journal_drop_partitions(below bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '3s' AS $$
DECLARE
    size    constant bigint := 1000000;
    limited constant bigint := least(below, sinks_passed());
    dropped integer := 0;
    part    record;
BEGIN
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'journal'::regclass AND c.relname ~ '^journal_\d{9}$'
          AND (right(c.relname, 9)::bigint + 1) * size <= limited
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', part.relname);
        dropped := dropped + 1;
    END LOOP;
    IF dropped > 0 THEN
        PERFORM journal_carry();  -- last: it holds the journal until the transaction ends
    END IF;
    RETURN dropped;
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'lineshaft_upkeep') THEN
        GRANT SELECT, DELETE ON notification TO lineshaft_upkeep;
    END IF;
END $$;
