-- What is only the latest is written over again and again, many rows a commit. Nothing looks it up by position, so
-- no index stands on what changes, and room is left in each page: PostgreSQL then updates in place (HOT) and touches
-- no index at all.

DROP INDEX latest_reading_pos;
DROP INDEX latest_score_pos;
DROP INDEX latest_fix_pos;

ALTER TABLE latest_reading SET (fillfactor = 50);
ALTER TABLE latest_score SET (fillfactor = 50);
ALTER TABLE latest_fix SET (fillfactor = 50);
ALTER TABLE device SET (fillfactor = 70);
ALTER TABLE flow_count SET (fillfactor = 50);
ALTER TABLE sink_position SET (fillfactor = 10);
