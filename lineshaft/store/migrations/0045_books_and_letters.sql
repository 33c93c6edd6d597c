-- Books that tell more, and dead letters that can be replayed and cannot fill the disk.

-- 'replayed': dead letters appended to the journal again; they were received once already and are not again.
ALTER TABLE ingest_count DROP CONSTRAINT ingest_count_result_check;
ALTER TABLE ingest_count ADD CONSTRAINT ingest_count_result_check
    CHECK (result IN ('journaled', 'duplicate', 'ahead', 'refused', 'replayed'));

-- 'decoded': what came out of messages, counted before anything was decided about it; 'flagged': of what was stored,
-- by code, what was remarkable (late, clock_bad). Neither is a class of its own in the identity of the readings.
ALTER TABLE flow_count DROP CONSTRAINT flow_count_result_check;
ALTER TABLE flow_count ADD CONSTRAINT flow_count_result_check
    CHECK (result IN ('stored', 'duplicate_same', 'duplicate_conflict', 'rejected', 'dropped', 'control',
                      'decoded', 'flagged'));
INSERT INTO flow_count (shard, site, agent, result, messages, readings)
    SELECT shard, site, agent, 'decoded', 0, sum(readings) FROM flow_count
    WHERE result <> 'control' GROUP BY shard, site, agent HAVING sum(readings) > 0;

-- The newest reading of each class that is counted and not stored as it came, or stored with a remark.
CREATE TABLE flow_sample (
    site     text NOT NULL,
    agent    text NOT NULL,
    class    text NOT NULL,              -- duplicate_conflict, late, clock_bad
    device   text NOT NULL,
    signal   text NOT NULL,
    ts       timestamptz NOT NULL,       -- the reading's own time
    value    double precision,           -- null: a text
    earlier  double precision,           -- of a conflict: the value that was there, and stays
    received timestamptz NOT NULL,
    pos      bigint NOT NULL,
    PRIMARY KEY (site, agent, class)
);

ALTER TABLE dead_letter ADD COLUMN properties jsonb;      -- what the message carried beside its envelope
ALTER TABLE dead_letter ADD COLUMN replayed_pos bigint;   -- where it stands in the journal again; null: need not
ALTER TABLE dead_letter ADD COLUMN replay_of bigint;      -- the letter whose replay failed as this one says
CREATE INDEX dead_letter_pos ON dead_letter (pos);
CREATE INDEX dead_letter_replayed_pos ON dead_letter (replayed_pos) WHERE replayed_pos IS NOT NULL;

-- Letters that had to go before their time, because all together they were too many or too large.
CREATE TABLE dead_letter_dropped (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    letters  bigint NOT NULL DEFAULT 0,
    bytes    bigint NOT NULL DEFAULT 0,
    dropped  timestamptz
);
INSERT INTO dead_letter_dropped DEFAULT VALUES;

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Appends what is left of a letter's message to the journal again, as lane 2, which no device can send by; gives its
-- position. Null, and nothing happens, where all the letters named were replayed already.
CREATE FUNCTION journal_replay(
    letters bigint[], to_shard smallint, what bytea, with_properties jsonb, at timestamptz
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    letter dead_letter;
    given  bigint;
BEGIN
    SELECT * INTO letter FROM dead_letter
        WHERE dead_letter_id = ANY(letters) AND replayed IS NULL ORDER BY dead_letter_id LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- The sink's letters name a table in place of a topic; what was refused for its topic may name no agent.
    letter.topic := coalesce((SELECT topic FROM journal WHERE pos = letter.pos AND shard >= 0), letter.topic);
    letter.site := coalesce(letter.site, split_part(letter.topic, '/', 3));
    letter.agent := coalesce(letter.agent, split_part(letter.topic, '/', 4));
    IF letter.topic !~ '^lineshaft/v1/[^/]+/[^/]+/[^/]+/[^/]+$' OR to_shard NOT BETWEEN 0 AND 15 THEN
        RAISE EXCEPTION 'not a device''s topic: %', letter.topic USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO ingest_count (site, agent, result, messages) VALUES (letter.site, letter.agent, 'replayed', 1)
        ON CONFLICT (site, agent, result, code) DO UPDATE SET messages = ingest_count.messages + 1;
    UPDATE journal_head SET pos = pos + 1 RETURNING pos INTO STRICT given;
    INSERT INTO journal (pos, shard, received, site, agent, boot, lane, seq, topic, properties, body)
        VALUES (given, to_shard, at, letter.site, letter.agent, letter.boot, 2, letter.seq, letter.topic,
                with_properties, what);
    UPDATE dead_letter SET replayed = at, replayed_pos = given
        WHERE dead_letter_id = ANY(letters) AND replayed IS NULL;
    NOTIFY journal;
    RETURN given;
END $$;
REVOKE ALL ON FUNCTION journal_replay(bigint[], smallint, bytea, jsonb, timestamptz) FROM PUBLIC;

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION journal_replay(bigint[], smallint, bytea, jsonb, timestamptz) TO lineshaft_web;
        GRANT SELECT ON flow_sample, dead_letter_dropped TO lineshaft_web;
        GRANT INSERT ON dead_letter TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_stream') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON flow_sample TO lineshaft_stream;
    END IF;
    IF to_regrole('lineshaft_upkeep') IS NOT NULL THEN
        GRANT SELECT, UPDATE ON dead_letter_dropped TO lineshaft_upkeep;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON flow_sample, dead_letter_dropped TO lineshaft_readonly;
    END IF;
END $$;
