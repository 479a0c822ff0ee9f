-- What retention, and lists by status, need.

-- Where a walk that did not get through in one go continues; no row: at the beginning.
CREATE TABLE retention_walk (
  walk TEXT NOT NULL PRIMARY KEY,
  state_machine_arn TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  name TEXT NOT NULL
) WITHOUT ROWID;

-- Those that did not succeed, among the many that did. A successful execution costs no row here.
CREATE INDEX execution_index_unsuccessful ON execution_index (state_machine_arn, status, started_at DESC, name)
  WHERE status IN ('FAILED', 'TIMED_OUT', 'ABORTED');
CREATE INDEX execution_index_version_unsuccessful
  ON execution_index (state_machine_version_arn, status, started_at DESC, name)
  WHERE status IN ('FAILED', 'TIMED_OUT', 'ABORTED') AND state_machine_version_arn IS NOT NULL;
CREATE INDEX execution_index_alias_unsuccessful
  ON execution_index (state_machine_alias_arn, status, started_at DESC, name)
  WHERE status IN ('FAILED', 'TIMED_OUT', 'ABORTED') AND state_machine_alias_arn IS NOT NULL;
