-- Rows on their way into the journal. They are streamed into a temporary table first, while nothing is locked: a
-- writer that freezes in the middle of a COPY cannot be timed out by the server, and would hold the journal for ever.

CREATE FUNCTION journal_stage() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('pg_temp.journal_staged') IS NULL THEN
        CREATE TEMPORARY TABLE journal_staged (
            n integer, shard smallint, received timestamptz, site text, agent text, boot text, lane smallint,
            seq bigint, topic text, properties jsonb, body bytea
        ) ON COMMIT DELETE ROWS;
    ELSE
        DELETE FROM pg_temp.journal_staged;  -- of an earlier append in the same transaction, if any
    END IF;
END $$;
