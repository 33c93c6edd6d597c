-- A chart's rows lie as they came, each beside those of all other machines: a day of one machine's minutes or scores
-- was a page for each row, 16,000 of them. Indexes that hold what a chart shows have it on a hundred.

CREATE INDEX reading_1m_signal_bucket ON reading_1m (signal_id, bucket) INCLUDE (low, high);
CREATE INDEX reading_1h_signal_bucket ON reading_1h (signal_id, bucket) INCLUDE (low, high);
DROP INDEX score_device_ts;
CREATE INDEX score_device_ts ON score (device_id, ts DESC) INCLUDE (score, health);

-- The indexes that the extension made for the rollups have no use beside these. An index answers alone for pages that
-- were vacuumed since they changed: by default that waits for a fifth of a chunk.
DO $$
DECLARE
    rollup record;
    old    regclass;
BEGIN
    FOR rollup IN
        SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass AS behind
        FROM timescaledb_information.continuous_aggregates
        WHERE view_schema = current_schema() AND view_name IN ('reading_1m', 'reading_1h')
    LOOP
        FOR old IN
            SELECT indexrelid FROM pg_index
            WHERE indrelid = rollup.behind AND pg_get_indexdef(indexrelid) LIKE '%(signal\_id, bucket DESC)'
        LOOP
            EXECUTE format('DROP INDEX %s', old);
        END LOOP;
        EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_insert_scale_factor = 0,'
                       ' autovacuum_vacuum_insert_threshold = 100000)', rollup.behind);
    END LOOP;
END $$;
