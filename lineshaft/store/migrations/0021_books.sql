-- Witnesses for the books of ingest: what the journal and the cursors themselves say of what was counted.

-- Control rows appended so far: pos - control is the number of messages journaled.
ALTER TABLE journal_head ADD COLUMN control bigint NOT NULL DEFAULT 0;
UPDATE journal_head SET control = (SELECT count(*) FROM journal WHERE shard = -1);

-- How many of the counted messages moved their lane's cursor by one: seqs up to the cursors, less those booked as
-- lost, are as many.
ALTER TABLE ingest_count ADD COLUMN sequenced bigint NOT NULL DEFAULT 0;

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE OR REPLACE FUNCTION journal_control(control_topic text, control_body bytea, at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    given bigint;
BEGIN
    IF control_topic !~ '^_/[a-z_]+$' OR control_topic = '_/tick' THEN
        RAISE EXCEPTION 'not a control topic: %', control_topic USING ERRCODE = 'check_violation';
    END IF;
    UPDATE journal_head SET pos = pos + 1, control = control + 1 RETURNING pos INTO STRICT given;
    INSERT INTO journal (pos, shard, received, topic, body) VALUES (given, -1, at, control_topic, control_body);
    NOTIFY journal;
    RETURN given;
END $$;

DO $$
BEGIN
    IF to_regrole('lineshaft_ingest') IS NOT NULL THEN
        GRANT UPDATE (control) ON journal_head TO lineshaft_ingest;
    END IF;
END $$;
