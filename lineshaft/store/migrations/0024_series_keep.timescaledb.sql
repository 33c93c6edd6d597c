-- How long a series is kept, for upkeep to set: the policy is the owner's.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE FUNCTION series_keep(series text, days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF series NOT IN ('reading', 'reading_text', 'score', 'rfid_read', 'fix', 'reading_1m') OR days < 1 THEN
        RAISE EXCEPTION 'not a series, or not a span: %, % days', series, days USING ERRCODE = 'check_violation';
    END IF;
    PERFORM public.remove_retention_policy(series::regclass, if_exists => true);
    PERFORM public.add_retention_policy(series::regclass, drop_after => make_interval(days => days));
END $$;

REVOKE EXECUTE ON FUNCTION series_keep(text, integer) FROM PUBLIC;
DO $$
BEGIN
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION series_keep(text, integer) TO lineshaft_upkeep;
    END IF;
END $$;
