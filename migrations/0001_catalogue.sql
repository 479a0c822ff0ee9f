-- The catalogue and the execution index.
--
-- Every table is WITHOUT ROWID: a text primary key beside a rowid is a second index and costs a second row per write.
-- Moments are epoch milliseconds. Columns named after a structure of the API hold that structure as JSON text.

-- State machines. revision_id is INITIAL until the first change.
CREATE TABLE state_machine (
  arn TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  definition TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  revision_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  logging_configuration TEXT NOT NULL,
  tracing_configuration TEXT NOT NULL,
  encryption_configuration TEXT NOT NULL
) WITHOUT ROWID;

-- Activities: names that workers poll for tasks.
CREATE TABLE activity (
  arn TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  encryption_configuration TEXT NOT NULL
) WITHOUT ROWID;

-- Tags of state machines and activities.
CREATE TABLE tag (
  resource_arn TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (resource_arn, key)
) WITHOUT ROWID;

-- Where a function name leads; target is {"url": …} or {"service": binding}.
CREATE TABLE function (
  name TEXT NOT NULL PRIMARY KEY,
  target TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What ListExecutions reads. The execution's own object holds the truth; a row only ever moves to a higher version.
-- No further index: each would be one more billed row per status change.
CREATE TABLE execution_index (
  state_machine_arn TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  execution_arn TEXT NOT NULL,
  status TEXT NOT NULL,
  stopped_at INTEGER,
  version INTEGER NOT NULL,
  state_machine_version_arn TEXT,
  state_machine_alias_arn TEXT,
  redrive_count INTEGER NOT NULL,
  PRIMARY KEY (state_machine_arn, started_at DESC, name)
) WITHOUT ROWID;

-- The few that run among the many that ended.
CREATE INDEX execution_index_running ON execution_index (state_machine_arn, started_at DESC, name) WHERE status = 'RUNNING';
