-- Plans of tours as they were found and accepted. Conditions and outcome stay together: a plan can be judged later.

CREATE TABLE route_plan (
    plan_id     uuid PRIMARY KEY,
    asked       jsonb NOT NULL,            -- what was to be planned, with every assumption
    found       jsonb NOT NULL,            -- tours, ways, the bound (api.schemas_freight.PlanOut)
    by          text NOT NULL,
    at          timestamptz NOT NULL,
    accepted    timestamptz,
    accepted_by text
);
CREATE INDEX route_plan_at ON route_plan (at);
CREATE INDEX invoice_lines ON invoice USING gin (lines jsonb_path_ops);

DO $$
BEGIN
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON route_plan TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON route_plan TO lineshaft_readonly;
    END IF;
END $$;
