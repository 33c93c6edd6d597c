-- Why an arrival time changed, and when the vehicle will be at the stops before the last.

ALTER TABLE eta ADD COLUMN detail jsonb;
ALTER TABLE latest_eta ADD COLUMN detail jsonb;
