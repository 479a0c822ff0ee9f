-- When an execution was redriven the last time.
ALTER TABLE execution_index ADD COLUMN redriven_at INTEGER;
