-- A score becomes the row of a whole chain (ISO 13374): how odd a window was, in which mode, by whose word, and what
-- is to be expected. What says only how things are now, and why, stands in `latest_score` alone: history is a row a
-- machine every five seconds, and stays narrow.

ALTER TABLE score
    ADD COLUMN probability real,             -- conformal p of such a window under "normal"; null while it is not known
    ADD COLUMN anomaly     boolean NOT NULL DEFAULT false,  -- within an episode that is one
    ADD COLUMN mode        text,             -- what it was doing, said or found
    ADD COLUMN basis       text,             -- who judged its health: limits, peers or own
    ADD COLUMN p_fail_24h  real,             -- of a failure within that time; null where no model says
    ADD COLUMN p_fail_7d   real,
    ADD COLUMN rul_p10_s   double precision, -- remaining life; null: not degrading, or not known
    ADD COLUMN rul_p50_s   double precision,
    ADD COLUMN rul_p90_s   double precision;

ALTER TABLE latest_score
    ADD COLUMN probability   real,
    ADD COLUMN anomaly       boolean NOT NULL DEFAULT false,
    ADD COLUMN mode          text,
    ADD COLUMN basis         text,
    ADD COLUMN p_fail_24h    real,
    ADD COLUMN p_fail_7d     real,
    ADD COLUMN rul_p10_s     double precision,
    ADD COLUMN rul_p50_s     double precision,
    ADD COLUMN rul_p90_s     double precision,
    -- [{"mode": "bearing", "likelihood": 0.71, "evidence": [{"signal": "vib", "change": "up", "size": 6.1}]}, …]
    ADD COLUMN diagnosis     jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN advice        text,           -- key of a text
    ADD COLUMN sensor_faults jsonb NOT NULL DEFAULT '[]',  -- [{"signal": "temp", "fault": "frozen", "since": ms}, …]
    ADD COLUMN evidence_from timestamptz,    -- where the span begins that this rests on; it ends at ts
    ADD COLUMN models        jsonb NOT NULL DEFAULT '{}';  -- {"state": "ensemble-1", "remaining": …, "failure": …}
