-- Links by which who has one sees a shipment's progress without a login; the token itself is nowhere: it is signed.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE tracking_link (
    link_id     uuid PRIMARY KEY,
    shipment_id text NOT NULL REFERENCES shipment,
    expires     timestamptz NOT NULL,
    revoked     timestamptz,
    by          text NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX tracking_link_shipment ON tracking_link (shipment_id);

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE (revoked) ON tracking_link TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT (shipment_id, expires, revoked, by, at) ON tracking_link TO lineshaft_readonly;
    END IF;
END $$;
