-- The plant flow reads new arrival times in the journal's order, as it reads facts.
CREATE INDEX eta_pos ON eta (pos);
