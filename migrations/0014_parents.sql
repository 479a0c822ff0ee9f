-- The execution by which an execution was started, where there is one. Those without a parent are in no further index.
ALTER TABLE execution_index ADD COLUMN parent_arn TEXT;
CREATE INDEX execution_index_parent ON execution_index (parent_arn, started_at DESC, execution_arn) WHERE parent_arn IS NOT NULL;
