-- Moves a sink's positions, or fails where any of them stands elsewhere than its writer believes: so a writer need not
-- ask, and hold the rows locked, before it writes. 40001 means what it always does: nothing was done, begin again.

CREATE FUNCTION sink_move(moving text, shards smallint[], stood bigint[], reached bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    moved integer;
    made  integer;
BEGIN
    UPDATE sink_position AS p SET pos = w.reached, updated = now()
    FROM unnest(shards, stood, reached) AS w (shard, stood, reached)
    WHERE p.sink = moving AND p.shard = w.shard AND p.pos = w.stood;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved < cardinality(shards) THEN
        INSERT INTO sink_position (sink, shard, pos, updated)
        SELECT moving, w.shard, w.reached, now()
        FROM unnest(shards, stood, reached) AS w (shard, stood, reached) WHERE w.stood = 0
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS made = ROW_COUNT;
        IF moved + made < cardinality(shards) THEN
            RAISE EXCEPTION 'sink % does not stand where its writer believes', moving USING ERRCODE = '40001';
        END IF;
    END IF;
END $$;
