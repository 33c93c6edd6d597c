-- What a chart of the past shows of a score, in its index: so one machine's day lies on a hundred pages.

DROP INDEX score_device_ts;
CREATE INDEX score_device_ts ON score (device_id, ts DESC)
    INCLUDE (score, health, probability, anomaly, mode, basis, p_fail_24h, p_fail_7d, rul_p10_s, rul_p50_s, rul_p90_s);
