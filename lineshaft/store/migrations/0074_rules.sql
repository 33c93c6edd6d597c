-- Rules that people write. Every version is kept as it was; who did what to which, when and why, stands beside it. The
-- stream hears of an active rule by control rows '_/rule' alone.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE rule (
    rule_id text PRIMARY KEY CHECK (rule_id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    draft   integer,                     -- the version that is being worked on
    active  integer,                     -- the version that is at work
    updated timestamptz NOT NULL
);

CREATE TABLE rule_version (
    rule_id  text NOT NULL REFERENCES rule,
    version  integer NOT NULL,
    document jsonb NOT NULL,
    at       timestamptz NOT NULL,
    by       text NOT NULL,
    why      text NOT NULL,
    PRIMARY KEY (rule_id, version)
);

CREATE TABLE rule_event (
    rule_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id text NOT NULL REFERENCES rule,
    version integer NOT NULL,
    event   text NOT NULL CHECK (event IN ('drafted', 'activated', 'replaced', 'retired')),
    at      timestamptz NOT NULL,
    by      text NOT NULL,
    why     text NOT NULL,
    pos     bigint                       -- of the journal's row, where it told the stream
);
CREATE INDEX rule_event_rule ON rule_event (rule_id, rule_event_id);

-- What the stream is told of a rule's version, or of its end.
CREATE FUNCTION rule_tell(wanted text, at_version integer, new_state text, why text, at timestamptz) RETURNS bigint
LANGUAGE sql SET search_path FROM CURRENT AS $$
    SELECT journal_control('_/rule', convert_to(jsonb_build_object('id', rule_id, 'version', version,
               'state', new_state, 'why', why, 'document', document)::text, 'UTF8'), at)
    FROM rule_version WHERE rule_id = wanted AND version = at_version
$$;
REVOKE ALL ON FUNCTION rule_tell(text, integer, text, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION rule_carry() RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    SELECT rule_tell(rule_id, active, 'active', '', clock_timestamp())
    FROM (SELECT rule_id, active FROM rule WHERE active IS NOT NULL ORDER BY rule_id) AS used
$$;
REVOKE ALL ON FUNCTION rule_carry() FROM PUBLIC;

-- A journal that loses its oldest rows says again what a flow that begins anew must know: the rules as well.
DO $$
BEGIN
    EXECUTE replace(pg_get_functiondef('journal_carry()'::regprocedure), E'\nEND ', E'\n    PERFORM rule_carry();\nEND ');
    IF position('rule_carry' IN pg_get_functiondef('journal_carry()'::regprocedure)) = 0 THEN
        RAISE EXCEPTION 'journal_carry() does not tell of rules';
    END IF;
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT ON rule, rule_version, rule_event TO lineshaft_web;
        GRANT INSERT ON rule, rule_version, rule_event TO lineshaft_web;
        GRANT UPDATE ON rule TO lineshaft_web;
        GRANT EXECUTE ON FUNCTION rule_tell(text, integer, text, text, timestamptz) TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON rule, rule_version, rule_event TO lineshaft_readonly;
    END IF;
END $$;
