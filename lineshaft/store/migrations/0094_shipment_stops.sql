-- Shipments with stops, cargo, limits, the orders they serve, who carries them and who signed for them.

ALTER TABLE shipment
    ADD COLUMN carrier text,                        -- key of the carrier
    ADD COLUMN driver  text,
    ADD COLUMN orders  text[] NOT NULL DEFAULT '{}',
    ADD COLUMN stops   jsonb NOT NULL DEFAULT '[]', -- in order; instants in epoch ms (lineshaft.domain.stops)
    ADD COLUMN cargo   jsonb NOT NULL DEFAULT '[]', -- logistic units by SSCC (lineshaft.domain.cargo)
    ADD COLUMN limits  jsonb NOT NULL DEFAULT '[]', -- what the vehicle's signals must keep to
    ADD COLUMN proof   jsonb,                       -- of delivery
    DROP CONSTRAINT shipment_state_check,
    ADD CONSTRAINT shipment_state_check
        CHECK (state IN ('planned', 'underway', 'arrived', 'delivered', 'cancelled'));
CREATE INDEX shipment_orders ON shipment USING gin (orders);
CREATE INDEX shipment_cargo ON shipment USING gin (cargo jsonb_path_ops);
CREATE INDEX shipment_arrived ON shipment (arrived) WHERE arrived IS NOT NULL;

-- Signatures and photographs of deliveries; a file of its content's hash is written once.
CREATE TABLE proof_file (
    key     text PRIMARY KEY CHECK (key ~ '^[0-9a-f]{64}$'), -- sha256 of the content
    kind    text NOT NULL CHECK (kind IN ('image/png', 'image/jpeg', 'image/webp', 'application/pdf')),
    content bytea NOT NULL CHECK (octet_length(content) <= 4194304),
    by      text NOT NULL,
    at      timestamptz NOT NULL
);
ALTER TABLE proof_file ALTER COLUMN content SET STORAGE EXTERNAL;  -- pictures come compressed

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, INSERT ON proof_file TO lineshaft_web;
    END IF;
END $$;
