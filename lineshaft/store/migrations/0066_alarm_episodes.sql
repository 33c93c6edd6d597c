-- A machine's page asks what was odd before at machines of its kind, among a year of all alarms.
CREATE INDEX alarm_episode ON alarm (source, raised DESC) WHERE rule = 'anomaly';
