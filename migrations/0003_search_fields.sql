-- Search over executions by values of their input and output.

-- The fields chosen for a state machine: {name: path}; NULL: none. An execution keeps those it was started with.
ALTER TABLE state_machine ADD COLUMN search_fields TEXT;

-- The values that executions have in those fields, as text. Executions without chosen fields have no row here.
CREATE TABLE execution_field (
  state_machine_arn TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (state_machine_arn, field, value, started_at DESC, name)
) WITHOUT ROWID;
