-- Rollups find what is new by the summaries of its pages' positions. Pages that have none yet are all read, each time:
-- at load that doubled the work and more, for autovacuum, which summarises, comes by once a minute.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Summarises the new pages of the partitions that new readings go into, and gives how many ranges were new.
CREATE FUNCTION series_summarize() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
DECLARE
    ranges integer := 0;
    part   regclass;
BEGIN
    FOR part IN
        SELECT i.indexrelid FROM pg_inherits h JOIN pg_index i ON i.indexrelid = h.inhrelid
        JOIN pg_class t ON t.oid = i.indrelid
        WHERE h.inhparent = 'reading_pos'::regclass
          AND (t.relname = 'reading_default' OR right(t.relname, 8) >= to_char(now() - interval '1 day', 'YYYYMMDD'))
    LOOP
        ranges := ranges + brin_summarize_new_values(part);
    END LOOP;
    RETURN ranges;
END $$;

REVOKE EXECUTE ON FUNCTION series_summarize() FROM PUBLIC;
DO $$
BEGIN
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION series_summarize() TO lineshaft_upkeep;
    END IF;
END $$;
