-- How long a series is kept, for upkeep to set: the policies are the owner's.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- True if the span was another one before.
CREATE FUNCTION series_keep(series text, days integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    span   constant interval := make_interval(days => days);
    rollup record;
BEGIN
    IF series NOT IN ('reading', 'reading_text', 'score', 'rfid_read', 'fix', 'reading_1m') OR days < 1 THEN
        RAISE EXCEPTION 'not a series, or not a span: %, % days', series, days USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM timescaledb_information.jobs
               WHERE (hypertable_schema, hypertable_name) IN (
                   VALUES (current_schema()::name, series::name)
                   UNION ALL  -- in some versions a rollup's job names the table behind it
                   SELECT materialization_hypertable_schema, materialization_hypertable_name
                   FROM timescaledb_information.continuous_aggregates
                   WHERE view_schema = current_schema() AND view_name = series)
                 AND proc_name = 'policy_retention' AND (config ->> 'drop_after')::interval = span) THEN
        RETURN false;
    END IF;
    PERFORM public.remove_retention_policy(series::regclass, if_exists => true);
    PERFORM public.add_retention_policy(series::regclass, drop_after => span);
    IF series = 'reading' THEN
        -- A rollup computed anew from days that are half dropped would lose what it had.
        FOR rollup IN SELECT * FROM (VALUES ('reading_1m', interval '1 minute', interval '1 minute'),
                                            ('reading_1h', interval '1 hour', interval '10 minutes')) AS v (name, until, every)
        LOOP
            PERFORM public.remove_continuous_aggregate_policy(rollup.name::regclass, if_exists => true);
            PERFORM public.add_continuous_aggregate_policy(rollup.name::regclass,
                start_offset => greatest(span - interval '2 days', interval '6 hours'),
                end_offset => rollup.until, schedule_interval => rollup.every);
        END LOOP;
    END IF;
    RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION series_keep(text, integer) FROM PUBLIC;
DO $$
BEGIN
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION series_keep(text, integer) TO lineshaft_upkeep;
    END IF;
END $$;
