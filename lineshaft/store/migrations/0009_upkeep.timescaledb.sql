-- What keeps the series going on TimescaleDB: its own policies. The same spans as lineshaft.store.upkeep keeps on
-- plain PostgreSQL.

-- Into the columnstore when late readings have become rare (the lateness window is 7 days); rows that were born
-- compressed are there already.
CALL add_columnstore_policy('reading', after => interval '7 days');
CALL add_columnstore_policy('reading_text', after => interval '7 days');
CALL add_columnstore_policy('score', after => interval '7 days');
CALL add_columnstore_policy('rfid_read', after => interval '7 days');
CALL add_columnstore_policy('fix', after => interval '7 days');

SELECT add_retention_policy('reading', drop_after => interval '30 days');
SELECT add_retention_policy('reading_text', drop_after => interval '30 days');
SELECT add_retention_policy('score', drop_after => interval '30 days');
SELECT add_retention_policy('rfid_read', drop_after => interval '30 days');
SELECT add_retention_policy('fix', drop_after => interval '30 days');
SELECT add_retention_policy('reading_1m', drop_after => interval '365 days');

-- Only what changed is computed anew, however late it came; but nothing near the age at which its source is dropped,
-- or the rollup would be emptied with it.
SELECT add_continuous_aggregate_policy('reading_1m', start_offset => interval '28 days',
    end_offset => interval '1 minute', schedule_interval => interval '1 minute');
SELECT add_continuous_aggregate_policy('reading_1h', start_offset => interval '28 days',
    end_offset => interval '1 hour', schedule_interval => interval '10 minutes');
