-- A plan of another rhythm counts its occurrences anew: the era keeps the ids of their orders apart from those of before.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

ALTER TABLE maintenance_plan ADD COLUMN era integer NOT NULL DEFAULT 0;
