-- A chart's rows lie as they came, each beside those of all other machines: a day of one machine's minutes or scores
-- was a page for each row, 16,000 of them. Indexes that hold what a chart shows have it on a hundred.

ALTER TABLE reading_1m DROP CONSTRAINT reading_1m_pkey, ADD PRIMARY KEY (signal_id, bucket) INCLUDE (low, high);
ALTER TABLE reading_1h DROP CONSTRAINT reading_1h_pkey, ADD PRIMARY KEY (signal_id, bucket) INCLUDE (low, high);
DROP INDEX score_device_ts;
CREATE INDEX score_device_ts ON score (device_id, ts) INCLUDE (score, health);

-- An index answers alone for pages that were vacuumed since they changed. By default that waits for a fifth of the
-- table, weeks of it; only new pages are read.
ALTER TABLE reading_1m SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000);
ALTER TABLE reading_1h SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000);

-- Upkeep summarises before it reads. To let each insert ask for it was refused 20 times a second, each with a line
-- in the server's log, for autovacuum comes by once a minute.
DROP INDEX reading_pos;
CREATE INDEX reading_pos ON reading USING brin (pos) WITH (pages_per_range = 32);
