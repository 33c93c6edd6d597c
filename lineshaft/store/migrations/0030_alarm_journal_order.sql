-- An acknowledgement stands in the journal at once; what it came to is known when the plant flow has passed its
-- position. The flow may correct that, and nothing else, of a line.
DO $$
BEGIN
    IF to_regrole('lineshaft_stream') IS NOT NULL THEN
        GRANT UPDATE (from_state, to_state) ON alarm_journal TO lineshaft_stream;
    END IF;
END $$;
