-- What happened to an order in one instant keeps its order: two things of one transaction have the same time.
ALTER TABLE work_entry ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY;
