-- Ingest reads which foreign topics the plant's description asks for; it reads no more of the plant than that.
DO $$
BEGIN
    IF to_regrole('lineshaft_ingest') IS NOT NULL THEN
        GRANT SELECT (version, document) ON plant TO lineshaft_ingest;
    END IF;
END $$;
