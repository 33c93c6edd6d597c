-- People, their sessions, and what they did.

CREATE TABLE person (
    login    text PRIMARY KEY CHECK (login ~ '^[a-z0-9][a-z0-9_.@-]{0,63}$'),
    name     text NOT NULL,
    role     text NOT NULL CHECK (role IN ('viewer', 'operator', 'supervisor', 'maintainer', 'planner',
             'warehouse', 'carrier', 'admin', 'auditor')),
    password text NOT NULL,              -- argon2id
    language text NOT NULL DEFAULT 'en',
    created  timestamptz NOT NULL,
    disabled timestamptz
);

CREATE TABLE session (
    token_sha256 bytea PRIMARY KEY,      -- the cookie's token is never stored
    login        text NOT NULL REFERENCES person ON DELETE CASCADE,
    created      timestamptz NOT NULL,
    seen         timestamptz NOT NULL,
    expires      timestamptz NOT NULL,
    peer         text NOT NULL
);

CREATE TABLE login_failure (
    at    timestamptz NOT NULL,
    login text NOT NULL,
    peer  text NOT NULL
);
CREATE INDEX login_failure_at ON login_failure (at);

-- Append only: each row carries the hash of the one before it.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    by       text NOT NULL,
    peer     text NOT NULL,
    action   text NOT NULL,
    object   text NOT NULL,
    before   jsonb,
    after    jsonb,
    reason   text,
    hash     bytea NOT NULL
);
