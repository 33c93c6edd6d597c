-- Readings come into the columnstore sooner: at load at once, by the sink (direct compress); else after a day.

-- A chunk that is made into columns is closed to late rows meanwhile, so it should not be long. Of new chunks.
SELECT set_chunk_time_interval('reading', interval '6 hours');

-- Rows with their index are ten times as many bytes as columns. What is later than this goes in as rows, and the
-- policy takes it into the columns when it comes by again.
CALL remove_columnstore_policy('reading', if_exists => true);
CALL add_columnstore_policy('reading', after => interval '1 day');

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Puts one chunk of readings in order, the oldest that was written straight into columns and is not in order, and
-- gives how many there were to do: 0 or 1. Some versions' policy leaves these alone.
CREATE FUNCTION series_settle() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '3s' AS $$
DECLARE
    unordered constant integer := 2;
    frozen    constant integer := 4;
    chunk     regclass;
BEGIN
    FOR chunk IN SELECT public.show_chunks('reading'::regclass, older_than => interval '1 day') LOOP
        IF _timescaledb_functions.chunk_status(chunk) & (unordered | frozen) = unordered THEN
            PERFORM public.compress_chunk(chunk);
            RETURN 1;
        END IF;
    END LOOP;
    RETURN 0;
END $$;

REVOKE EXECUTE ON FUNCTION series_settle() FROM PUBLIC;
DO $$
BEGIN
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION series_settle() TO lineshaft_upkeep;
    END IF;
END $$;
