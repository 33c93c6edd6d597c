-- What the flows remember, kept at positions of the journal: a flow without its own store starts from the nearest one, and
-- the journal behind it may go.

CREATE TABLE flow_snapshot (
    flow  text        NOT NULL CHECK (flow IN ('shard', 'plant')),
    shard smallint    NOT NULL,          -- 0 of the plant flow
    pos   bigint      NOT NULL,          -- everything up to it is in the state; written with the rows of that position
    code  text        NOT NULL,          -- the version of the steps: others cannot, or must not, read it
    taken timestamptz NOT NULL,          -- the journal's time at the position
    state bytea       NOT NULL,
    PRIMARY KEY (flow, shard, pos)
);
ALTER TABLE flow_snapshot ALTER COLUMN state SET STORAGE EXTERNAL;  -- it comes compressed

-- The position of the control row that told the stream of a version; null: applied before this was noted.
ALTER TABLE plant ADD COLUMN pos bigint;

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- The position that the last snapshot of every flow and shard has passed: what is derived anew needs only what is behind it.
CREATE FUNCTION snapshots_passed() RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN count(*) FILTER (WHERE flow = 'shard') = 16 AND count(*) FILTER (WHERE flow = 'plant') > 0
                THEN min(pos) ELSE 0 END
    FROM (SELECT flow, shard, max(pos) AS pos FROM flow_snapshot GROUP BY flow, shard) AS last
$$;

-- Drops the partitions that lie wholly below a position and gives how many; never one that a sink has yet to read, or that
-- a flow would need to derive its state anew.
CREATE OR REPLACE FUNCTION journal_drop_partitions(below bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '3s' AS $$
DECLARE
    size    constant bigint := 1000000;
    limited constant bigint := least(below, sinks_passed(), snapshots_passed());
    dropped integer := 0;
    kept    bigint;
    part    record;
BEGIN
    FOR part IN
        SELECT c.relname, (right(c.relname, 9)::bigint + 1) * size AS end_pos
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'journal'::regclass AND c.relname ~ '^journal_\d{9}$'
          AND (right(c.relname, 9)::bigint + 1) * size <= limited
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', part.relname);
        dropped := dropped + 1;
        kept := part.end_pos;
    END LOOP;
    IF dropped > 0 THEN
        -- The journal begins at `kept` now: older snapshots have nothing to go on with.
        DELETE FROM flow_snapshot WHERE pos < kept - 1;
        PERFORM journal_carry();  -- last: it holds the journal until the transaction ends
    END IF;
    RETURN dropped;
END $$;

DO $$
BEGIN
    IF to_regrole('lineshaft_stream') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON flow_snapshot TO lineshaft_stream;
    END IF;
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT ON flow_snapshot TO lineshaft_web;
        GRANT UPDATE (pos) ON plant TO lineshaft_web;
    END IF;
END $$;
