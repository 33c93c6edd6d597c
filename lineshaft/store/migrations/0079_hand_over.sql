-- What people tell the next shift; and what the plant flow remembers is kept whole and by what came since.

CREATE TABLE hand_over_note (
    note_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site       text NOT NULL,
    shift      text NOT NULL,          -- its key in the plant
    start      timestamptz NOT NULL,   -- of that shift
    written    timestamptz NOT NULL,
    author     text NOT NULL,
    note       text NOT NULL CHECK (length(note) BETWEEN 1 AND 2000),
    source     text,                   -- the asset it is about, where it is about one
    struck     timestamptz,            -- taken back; it stays readable
    struck_by  text
);
CREATE INDEX hand_over_note_shift ON hand_over_note (site, start);

DO $$
BEGIN
    IF to_regrole('lineshaft_stream') IS NOT NULL THEN
        GRANT DELETE ON plant_memory TO lineshaft_stream;
    END IF;
    IF to_regrole('lineshaft_web') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON hand_over_note TO lineshaft_web;
    END IF;
    IF to_regrole('lineshaft_readonly') IS NOT NULL THEN
        GRANT SELECT ON hand_over_note TO lineshaft_readonly;
    END IF;
END $$;
