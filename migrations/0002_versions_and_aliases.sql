-- Versions and aliases of state machines.

-- The last version number given out: a number is never given twice, whatever was deleted.
ALTER TABLE state_machine ADD COLUMN last_version INTEGER NOT NULL DEFAULT 0;

-- Whether CreateStateMachine published a version, and its description: a repeated request must ask for the same.
ALTER TABLE state_machine ADD COLUMN created_published INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state_machine ADD COLUMN created_version_description TEXT;

-- What a state machine was when it was published; never changed. created_at is the version's, updated_at the state machine's.
CREATE TABLE state_machine_version (
  state_machine_arn TEXT NOT NULL,
  version INTEGER NOT NULL,
  description TEXT,
  definition TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  revision_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  logging_configuration TEXT NOT NULL,
  tracing_configuration TEXT NOT NULL,
  encryption_configuration TEXT NOT NULL,
  PRIMARY KEY (state_machine_arn, version)
) WITHOUT ROWID;

-- Names for one or two versions; routing_configuration is a list of {"version": number, "weight": percent}.
CREATE TABLE state_machine_alias (
  state_machine_arn TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  routing_configuration TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (state_machine_arn, name)
) WITHOUT ROWID;

-- ListExecutions of a version or an alias. Executions that were started by neither cost no row here.
CREATE INDEX execution_index_version ON execution_index (state_machine_version_arn, started_at DESC, name)
  WHERE state_machine_version_arn IS NOT NULL;
CREATE INDEX execution_index_alias ON execution_index (state_machine_alias_arn, started_at DESC, name)
  WHERE state_machine_alias_arn IS NOT NULL;
