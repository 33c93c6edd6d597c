-- What the plant flow remembers stands in the tables it writes: it starts again from them at its position, without a snapshot.

-- Zones that see the item now, and since when (microseconds UTC): the fields of readers overlap.
ALTER TABLE item ADD COLUMN seen jsonb NOT NULL DEFAULT '{}'::jsonb;

-- Orders the notifications of one target; what a later one says makes an earlier one needless on some channels.
ALTER TABLE notification ADD COLUMN pos bigint NOT NULL DEFAULT 0;
CREATE INDEX notification_target ON notification (channel, target, pos);
CREATE INDEX notification_alarm ON notification (alarm_id);

CREATE INDEX shipment_vehicle ON shipment (vehicle) WHERE state IN ('planned', 'underway');
