-- The whole ISA-18.2 machine: latched, shelved, suppressed by design, out of service; and room for what caused what.

ALTER TABLE alarm DROP CONSTRAINT alarm_state_check;
ALTER TABLE alarm
    ADD CONSTRAINT alarm_state_check CHECK (state IN (
        'normal', 'unacknowledged', 'acknowledged', 'returned', 'latched_unacknowledged', 'latched_acknowledged',
        'shelved', 'suppressed', 'out_of_service')),
    ADD COLUMN active boolean NOT NULL DEFAULT true,     -- what the condition does, whatever the state
    ADD COLUMN latching boolean NOT NULL DEFAULT false,   -- stays until somebody resets it
    ADD COLUMN latched boolean NOT NULL DEFAULT false,    -- nobody has reset it yet
    ADD COLUMN auto_ack boolean NOT NULL DEFAULT false,   -- asks nobody to acknowledge it
    ADD COLUMN suppressed text,                           -- why the design keeps it quiet
    ADD COLUMN shelved jsonb,                             -- {until_us, by, why, at_us, one_shot, pos}
    ADD COLUMN out_of_service jsonb,                      -- {by, why, at_us}
    ADD COLUMN annunciated_pos bigint NOT NULL DEFAULT 0,                    -- of the last change that asks to be seen
    ADD COLUMN cause_id uuid,                             -- the alarm that probably caused this one
    ADD COLUMN group_key text;                            -- of the alarms shown as one line
-- Of alarms from before, what their lines do not tell is taken from the rows.
UPDATE alarm SET active = state IN ('unacknowledged', 'acknowledged'), annunciated_pos = coalesce((
    SELECT max(j.pos) FROM alarm_journal j
    WHERE j.alarm_id = alarm.alarm_id AND j.event IN ('raise', 'reraise', 'escalate')), raised_pos);

CREATE INDEX alarm_cause ON alarm (cause_id) WHERE cause_id IS NOT NULL;
-- Every alarm that is open is read often, and among all that ever were.
CREATE INDEX alarm_open ON alarm (priority, raised DESC, alarm_id) WHERE state <> 'normal';
CREATE INDEX alarm_newest ON alarm (raised DESC, alarm_id);
DROP INDEX alarm_raised;

-- From its lines alone an alarm can be made again: they say what changed.
ALTER TABLE alarm_journal ADD COLUMN detail jsonb NOT NULL DEFAULT '{}';
UPDATE alarm_journal j SET detail = CASE
        WHEN event = 'ack' AND from_state = to_state THEN jsonb_build_object('refused', 'unseen')
        WHEN event = 'ack' THEN jsonb_build_object('acked_by', j.by, 'comment', j.comment,
            'acked_us', (extract(epoch FROM j.at) * 1000000)::bigint)
        WHEN event = 'clear' THEN jsonb_build_object('active', false,
            'cleared_us', (extract(epoch FROM j.at) * 1000000)::bigint)
        WHEN event = 'ease' THEN '{}'::jsonb
        ELSE jsonb_build_object('active', true, 'annunciated_pos', j.pos, 'cleared_us', null, 'acked_us', null,
            'acked_by', null, 'comment', null, 'count', (SELECT count(*) FROM alarm_journal o
                WHERE o.alarm_id = j.alarm_id AND o.event IN ('raise', 'reraise') AND o.pos <= j.pos))
    END;
UPDATE alarm_journal j SET detail = j.detail || jsonb_build_object(
        'source', a.source, 'site', a.site, 'rule', a.rule, 'priority', a.priority, 'message', a.message,
        'arguments', a.arguments, 'threshold', a.threshold, 'value', a.value,
        'raised_us', (extract(epoch FROM a.raised) * 1000000)::bigint, 'raised_pos', a.raised_pos)
    FROM alarm a WHERE a.alarm_id = j.alarm_id AND j.event = 'raise';

-- What people have done that the plant flow has not reached yet. Their alarms' rows show it at once; the
-- flow writes the line when it gets there, so that lines are only ever added, in the journal's order.
CREATE TABLE alarm_act (
    pos      bigint NOT NULL,       -- of the control row
    alarm_id uuid NOT NULL REFERENCES alarm,
    source   text NOT NULL,
    rule     text NOT NULL,
    body     jsonb NOT NULL,        -- as in the control row
    PRIMARY KEY (pos, alarm_id)
);
INSERT INTO alarm_act (pos, alarm_id, source, rule, body)
    SELECT j.pos, j.alarm_id, a.source, a.rule, jsonb_build_object(
        'act', 'ack', 'by', j.by, 'comment', j.comment,
        'at_us', (extract(epoch FROM j.at) * 1000000)::bigint,
        'seen_pos', coalesce((SELECT max(o.pos) FROM alarm_journal o WHERE o.alarm_id = j.alarm_id
                              AND o.alarm_journal_id < j.alarm_journal_id), 0))
    FROM alarm_journal j JOIN alarm a USING (alarm_id)
    WHERE j.event = 'ack' AND j.pos > coalesce((SELECT pos FROM sink_position WHERE sink = 'plant'), 0)
        AND EXISTS (SELECT FROM sink_position WHERE sink = 'plant');
DELETE FROM alarm_journal j USING alarm_act p WHERE p.alarm_id = j.alarm_id AND p.pos = j.pos AND j.event = 'ack';

DO $$
BEGIN
    IF to_regrole('lineshaft_stream') IS NOT NULL AND to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, DELETE ON alarm_act TO lineshaft_stream;
        GRANT SELECT, INSERT ON alarm_act TO lineshaft_web;
        GRANT SELECT ON alarm_act TO lineshaft_notify, lineshaft_readonly;
        -- Lines are only added, and by the flow alone.
        REVOKE UPDATE (from_state, to_state) ON alarm_journal FROM lineshaft_stream;
        REVOKE INSERT ON alarm_journal FROM lineshaft_web;
    END IF;
END $$;
