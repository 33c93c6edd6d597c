-- A foreign dead letter is replayed through the door it came in by: whole under its own topic, or, where part of it
-- is stored already, as messages of the contract, one for each device and kind in it.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Appends what is left of a foreign letter's message to the journal again, as lane 2; gives its first position. Null,
-- and nothing happens, where all the letters named were replayed already.
CREATE FUNCTION journal_replay_foreign(
    letters bigint[], to_shard smallint, to_topics text[], bodies bytea[], with_properties jsonb, at timestamptz
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    letter dead_letter;
    own    text;
    given  bigint;
    many   int := cardinality(bodies);
BEGIN
    SELECT * INTO letter FROM dead_letter
        WHERE dead_letter_id = ANY(letters) AND replayed IS NULL ORDER BY dead_letter_id LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    letter.topic := coalesce((SELECT topic FROM journal WHERE pos = letter.pos AND shard >= 0), letter.topic);
    own := 'lineshaft/v1/' || letter.site || '/' || letter.agent || '/';
    IF letter.site IS NULL OR letter.agent IS NULL OR letter.properties ->> 'dialect' IS NULL
        OR letter.topic ~ '^(lineshaft/v1|_)/' OR to_shard NOT BETWEEN 0 AND 15
        OR many IS DISTINCT FROM cardinality(to_topics) OR many NOT BETWEEN 1 AND 1000
        OR EXISTS (SELECT FROM unnest(to_topics) AS one (topic) WHERE topic IS DISTINCT FROM letter.topic
            AND NOT (starts_with(topic, own) AND substr(topic, length(own) + 1) ~ '^[A-Za-z0-9][^/]*/(m|gps|rfid|evt)$'))
    THEN
        RAISE EXCEPTION 'not what a foreign message holds: %', letter.topic USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO ingest_count (site, agent, result, messages) VALUES (letter.site, letter.agent, 'replayed', many)
        ON CONFLICT (site, agent, result, code) DO UPDATE SET messages = ingest_count.messages + many;
    UPDATE journal_head SET pos = pos + many RETURNING pos - many + 1 INTO STRICT given;
    INSERT INTO journal (pos, shard, received, site, agent, boot, lane, seq, topic, properties, body)
        SELECT given + n - 1, to_shard, at, letter.site, letter.agent, NULL, 2, NULL, topic, with_properties, body
        FROM unnest(to_topics, bodies) WITH ORDINALITY AS one (topic, body, n);
    UPDATE dead_letter SET replayed = at, replayed_pos = given
        WHERE dead_letter_id = ANY(letters) AND replayed IS NULL;
    NOTIFY journal;
    RETURN given;
END $$;
REVOKE ALL ON FUNCTION journal_replay_foreign(bigint[], smallint, text[], bytea[], jsonb, timestamptz) FROM PUBLIC;

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION journal_replay_foreign(bigint[], smallint, text[], bytea[], jsonb, timestamptz)
            TO lineshaft_web;
    END IF;
END $$;
