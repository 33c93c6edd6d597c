-- What keeps the series going on plain PostgreSQL: daily partitions ahead, rollups by journal position, dropping.

-- The rollups hold every reading up to this position; moved in the transaction that adds to them.
CREATE TABLE rollup_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    pos      bigint NOT NULL
);
INSERT INTO rollup_position (pos) VALUES (0);

-- Finds the readings that came since the last rollup: they lie together, so a few pages' summary is enough.
CREATE INDEX reading_pos ON reading USING brin (pos) WITH (pages_per_range = 32, autosummarize = on);

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Makes the daily partitions of one series table from a day to another and gives how many were new. Rows that
-- already lie in the DEFAULT partition move over in the same transaction.
CREATE FUNCTION series_make_partitions(series text, from_day date, to_day date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' SET lock_timeout = '3s' AS $$
DECLARE
    made integer := 0;
    part text;
    day  date;
BEGIN
    IF series NOT IN ('reading', 'reading_text', 'score', 'rfid_read', 'fix') THEN
        RAISE EXCEPTION 'not a series: %', series USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('series_make_partitions ' || series, 0));
    FOR day IN SELECT generate_series(from_day, to_day, interval '1 day')::date LOOP
        part := series || to_char(day, '"_"YYYYMMDD');
        CONTINUE WHEN to_regclass(quote_ident(part)) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, series);
        EXECUTE format('WITH moved AS (DELETE FROM %I WHERE ts >= $1 AND ts < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved',
                       series || '_default', part) USING day::timestamptz, (day + 1)::timestamptz;
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       series, part, day::timestamptz, (day + 1)::timestamptz);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- The days, from a first one to a last, that have rows in a series' DEFAULT partition: they want one of their own.
CREATE FUNCTION series_default_days(series text, from_day date, to_day date) RETURNS SETOF date
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    IF series NOT IN ('reading', 'reading_text', 'score', 'rfid_read', 'fix') THEN
        RAISE EXCEPTION 'not a series: %', series USING ERRCODE = 'check_violation';
    END IF;
    RETURN QUERY EXECUTE format('SELECT DISTINCT ts::date FROM %I WHERE ts >= $1 AND ts < $2', series || '_default')
        USING from_day::timestamptz, (to_day + 1)::timestamptz;
END $$;

-- Drops what is older than a day: whole partitions, and single rows of the DEFAULT one; gives the partitions dropped.
CREATE FUNCTION series_drop_before(series text, first_kept date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' SET lock_timeout = '3s' AS $$
DECLARE
    dropped integer := 0;
    part    record;
BEGIN
    IF series NOT IN ('reading', 'reading_text', 'score', 'rfid_read', 'fix') THEN
        RAISE EXCEPTION 'not a series: %', series USING ERRCODE = 'check_violation';
    END IF;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = series::regclass AND c.relname ~ ('^' || series || '_\d{8}$')
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < first_kept
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', part.relname);
        dropped := dropped + 1;
    END LOOP;
    EXECUTE format('DELETE FROM %I WHERE ts < $1', series || '_default') USING first_kept::timestamptz;
    RETURN dropped;
END $$;

REVOKE EXECUTE ON FUNCTION series_make_partitions(text, date, date), series_default_days(text, date, date),
    series_drop_before(text, date) FROM PUBLIC;

SELECT series_make_partitions(series, current_date - 1, current_date + 2)
FROM unnest(ARRAY['reading', 'reading_text', 'score', 'rfid_read', 'fix']) AS series;
