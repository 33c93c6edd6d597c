-- Who may do what: one group role a service, which it takes on after connecting (SET ROLE). Each can do its job and
-- no more; DDL, the people's tables and the past of the audit are nobody's but the owner's. A migration that adds a
-- table grants it in the same file.

-- Roles belong to the whole server: another database's migration may make them at the same moment.
DO $$
DECLARE
    wanted text;
    -- From PostgreSQL 16 on, who makes a role is its member without being allowed to take it on.
    right_to constant text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['lineshaft_ingest', 'lineshaft_stream', 'lineshaft_upkeep', 'lineshaft_notify',
                                  'lineshaft_web', 'lineshaft_readonly'] LOOP
        BEGIN
            IF to_regrole(wanted) IS NULL THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- somebody was faster
            WHEN insufficient_privilege THEN
                RAISE WARNING 'may not make role %: have it made, and granted to %', wanted, current_user;
        END;
        BEGIN
            IF NOT pg_has_role(current_user, wanted, right_to) THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            END IF;
        EXCEPTION
            WHEN unique_violation THEN NULL;
            WHEN undefined_object THEN NULL;  -- it could not be made, as said above
            WHEN insufficient_privilege THEN
                RAISE WARNING 'may not take on role %: grant it to %', wanted, current_user;
        END;
    END LOOP;
END $$;

DO $$
DECLARE
    granted text;
BEGIN
    FOREACH granted IN ARRAY ARRAY['lineshaft_ingest', 'lineshaft_stream', 'lineshaft_upkeep', 'lineshaft_notify',
                                   'lineshaft_web', 'lineshaft_readonly'] LOOP
        IF to_regrole(granted) IS NULL THEN
            RETURN;
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), granted);
        EXECUTE format('GRANT SELECT ON migration, service_beat TO %I', granted);
    END LOOP;
    GRANT INSERT, UPDATE ON service_beat
        TO lineshaft_ingest, lineshaft_stream, lineshaft_upkeep, lineshaft_notify, lineshaft_web;

    -- ingest: appends to the journal and its books; it may not change what it once appended.
    GRANT INSERT ON journal, dead_letter TO lineshaft_ingest;
    GRANT SELECT ON journal_head, journal_restore TO lineshaft_ingest;
    GRANT UPDATE (pos) ON journal_head TO lineshaft_ingest;
    GRANT SELECT, INSERT, UPDATE ON cursor, ingest_count, retained TO lineshaft_ingest;
    GRANT SELECT, INSERT ON gap TO lineshaft_ingest;
    GRANT EXECUTE ON FUNCTION journal_make_partitions() TO lineshaft_ingest;

    -- stream: reads the journal and the plant, writes every result.
    GRANT SELECT ON journal, journal_head, plant, asset, asset_signal, reading_1m, reading_1h TO lineshaft_stream;
    GRANT INSERT ON dead_letter TO lineshaft_stream;
    GRANT SELECT, INSERT ON reading, reading_text, score, rfid_read, fix, eta, event, move, alarm_journal
        TO lineshaft_stream;
    GRANT SELECT, INSERT, UPDATE ON device, signal, sink_position, flow_count, latest_reading, latest_score,
        latest_fix, latest_eta, presence, item, fact, shipment, alarm, notification TO lineshaft_stream;
    GRANT DELETE ON latest_eta, presence, item, fact TO lineshaft_stream;

    -- upkeep: adds up and clears away, by the functions that know the bounds.
    GRANT SELECT ON journal_head, sink_position, reading TO lineshaft_upkeep;
    GRANT SELECT ON fact, eta, dead_letter, session, login_failure TO lineshaft_upkeep;
    GRANT DELETE ON fact, eta, dead_letter, session, login_failure TO lineshaft_upkeep;
    GRANT SELECT ON journal TO lineshaft_upkeep;
    GRANT EXECUTE ON FUNCTION journal_make_partitions(), journal_drop_partitions(bigint) TO lineshaft_upkeep;
    IF to_regclass('rollup_position') IS NOT NULL THEN  -- plain PostgreSQL; TimescaleDB does it by policies
        GRANT SELECT, UPDATE ON rollup_position TO lineshaft_upkeep;
        GRANT SELECT, INSERT, UPDATE, DELETE ON reading_1m, reading_1h TO lineshaft_upkeep;
        GRANT EXECUTE ON FUNCTION series_make_partitions(text, date, date), series_default_days(text, date, date),
            series_drop_before(text, date) TO lineshaft_upkeep;
    END IF;

    -- notify: delivers what stands in its outbox.
    GRANT SELECT ON notification, alarm, plant, asset, device TO lineshaft_notify;
    GRANT UPDATE ON notification TO lineshaft_notify;

    -- web: shows everything; writes what people do, and tells the stream by control rows only.
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO lineshaft_web', current_schema());
    GRANT INSERT, UPDATE, DELETE ON person, session, login_failure, asset_signal TO lineshaft_web;
    GRANT INSERT, UPDATE ON asset, shipment, notification TO lineshaft_web;
    GRANT INSERT ON plant, audit, alarm_journal TO lineshaft_web;
    GRANT INSERT, UPDATE ON device TO lineshaft_web;
    GRANT UPDATE ON alarm TO lineshaft_web;
    GRANT UPDATE (replayed) ON dead_letter TO lineshaft_web;
    GRANT EXECUTE ON FUNCTION journal_control(text, bytea, timestamptz) TO lineshaft_web;

    -- readonly: for Grafana and people with SQL; nothing about persons, no bodies.
    GRANT SELECT ON plant, asset, asset_signal, device, signal, reading, reading_text, score, rfid_read, fix,
        reading_1m, reading_1h, latest_reading, latest_score, latest_fix, latest_eta, eta, presence, item, move, event,
        alarm, shipment, sink_position, flow_count, ingest_count, gap, cursor, journal_head TO lineshaft_readonly;
END $$;
