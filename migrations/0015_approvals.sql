-- Approvals that somebody has a link for and that wait: for lists. The execution's object knows whether one really does.
-- One row and no index: there are few at a time, and each costs a row when it begins and when it ends.
CREATE TABLE approval (
  asked_at INTEGER NOT NULL,
  execution_arn TEXT NOT NULL,
  task_id TEXT NOT NULL,
  token_digest TEXT NOT NULL,
  state_machine_arn TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  execution_name TEXT NOT NULL,
  state_name TEXT NOT NULL,
  title TEXT NOT NULL,
  closes_at INTEGER,
  PRIMARY KEY (asked_at DESC, execution_arn, task_id)
) WITHOUT ROWID;
