-- The journal's partitions by position, its control rows, and what ingest remembers besides the cursors.
-- DDL at run time happens only in functions of the owner's: services may call them and can do nothing else.

-- What each retained topic last said: an unchanged copy that comes again on connect is not journaled.
CREATE TABLE retained (
    topic   text  PRIMARY KEY,
    sha256  bytea NOT NULL,
    updated timestamptz NOT NULL
);

-- Each time the server came back from a backup: gaps found at cursors older than that are the server's.
CREATE TABLE journal_restore (
    db       text PRIMARY KEY,
    pos      bigint NOT NULL,
    restored timestamptz NOT NULL
);

-- Functions of the owner look up names in this schema only, never in a caller's temporary tables.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Makes the partition of the next position and two ahead; gives how many were new. A partition is attached, not
-- created in place: that locks out neither readers nor the writer.
CREATE FUNCTION journal_make_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    size  constant bigint := 1000000;
    first bigint;
    made  integer := 0;
    part  text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('journal_make_partitions', 0));
    SELECT (pos + 1) / size INTO STRICT first FROM journal_head;
    FOR i IN first .. first + 2 LOOP
        part := 'journal_' || lpad(i::text, 9, '0');
        CONTINUE WHEN to_regclass(quote_ident(part)) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE journal INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
        EXECUTE format('ALTER TABLE journal ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                       part, i * size, (i + 1) * size);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Drops the partitions that lie wholly below a position and gives how many; never one that a sink has yet to read.
CREATE FUNCTION journal_drop_partitions(below bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    size    constant bigint := 1000000;
    limited bigint;
    dropped integer := 0;
    part    record;
BEGIN
    SELECT least(below, coalesce(min(pos), 0)) INTO limited FROM sink_position;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'journal'::regclass AND c.relname ~ '^journal_\d{9}$'
          AND (right(c.relname, 9)::bigint + 1) * size <= limited
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', part.relname);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- Appends a control row (configuration, acknowledgements, shipments) and gives its position. Ticks are ingest's.
CREATE FUNCTION journal_control(control_topic text, control_body bytea, at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    given bigint;
BEGIN
    IF control_topic !~ '^_/[a-z_]+$' OR control_topic = '_/tick' THEN
        RAISE EXCEPTION 'not a control topic: %', control_topic USING ERRCODE = 'check_violation';
    END IF;
    UPDATE journal_head SET pos = pos + 1 RETURNING pos INTO STRICT given;
    INSERT INTO journal (pos, shard, received, topic, body) VALUES (given, -1, at, control_topic, control_body);
    NOTIFY journal;
    RETURN given;
END $$;

-- After a restore: a new id, which makes agents send again what they still hold.
CREATE FUNCTION journal_renew() RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    renewed text;
BEGIN
    UPDATE journal_head SET db = substr(md5(random()::text || clock_timestamp()::text), 1, 12)
        RETURNING db INTO STRICT renewed;
    INSERT INTO journal_restore SELECT db, pos, clock_timestamp() FROM journal_head;
    RETURN renewed;
END $$;

REVOKE EXECUTE ON FUNCTION journal_make_partitions(), journal_drop_partitions(bigint),
    journal_control(text, bytea, timestamptz), journal_renew() FROM PUBLIC;

SELECT journal_make_partitions();
