-- The journal goes only below what every sink has: also of those that have not written yet.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- The position that the shard flow's sixteen shards and the plant flow have all passed.
CREATE FUNCTION sinks_passed() RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN count(*) FILTER (WHERE sink = 'shard') = 16 AND count(*) FILTER (WHERE sink = 'plant') > 0
                THEN min(pos) ELSE 0 END FROM sink_position
$$;

-- Drops the partitions that lie wholly below a position and gives how many; never one that a sink has yet to read.
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
    RETURN dropped;
END $$;

-- Partitions of the journal, oldest first: where each begins and ends, and its bytes on disk.
CREATE FUNCTION journal_partitions() RETURNS TABLE (first_pos bigint, end_pos bigint, bytes bigint)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT right(c.relname, 9)::bigint * 1000000, (right(c.relname, 9)::bigint + 1) * 1000000,
           pg_total_relation_size(c.oid)
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'journal'::regclass AND c.relname ~ '^journal_\d{9}$'
    ORDER BY 1
$$;

