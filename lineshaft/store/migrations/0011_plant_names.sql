-- Names in the second language of the screens, and devices that are described before they are ever heard.

ALTER TABLE asset ADD COLUMN name_zh text NOT NULL DEFAULT '';
ALTER TABLE asset_signal ADD COLUMN label_zh text NOT NULL DEFAULT '';

ALTER TABLE device ALTER COLUMN first_seen DROP NOT NULL;  -- null: described, never heard
ALTER TABLE device ALTER COLUMN last_seen DROP NOT NULL;
CREATE INDEX device_asset ON device (asset_id);
