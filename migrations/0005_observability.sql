-- What is told about executions: counters for a scraper, and who hears of changes of status.

-- Executions counted for GET /api/metrics, where METRICS_ENDPOINT asks for it: a row for each state machine, and for each version
-- and alias of it that executions were started by ('' for none). time_ms is the sum of what they took; b0 to b15 count those whose
-- time lies in that bucket, whose bounds execution-metrics.ts names.
CREATE TABLE execution_metric (
  state_machine_arn TEXT NOT NULL,
  version TEXT NOT NULL,
  alias TEXT NOT NULL,
  started INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  timed_out INTEGER NOT NULL,
  aborted INTEGER NOT NULL,
  redriven INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  b0 INTEGER NOT NULL,
  b1 INTEGER NOT NULL,
  b2 INTEGER NOT NULL,
  b3 INTEGER NOT NULL,
  b4 INTEGER NOT NULL,
  b5 INTEGER NOT NULL,
  b6 INTEGER NOT NULL,
  b7 INTEGER NOT NULL,
  b8 INTEGER NOT NULL,
  b9 INTEGER NOT NULL,
  b10 INTEGER NOT NULL,
  b11 INTEGER NOT NULL,
  b12 INTEGER NOT NULL,
  b13 INTEGER NOT NULL,
  b14 INTEGER NOT NULL,
  b15 INTEGER NOT NULL,
  PRIMARY KEY (state_machine_arn, version, alias)
) WITHOUT ROWID;

-- Who hears of executions' changes of status. target is {"url": …} or {"queue": binding}, filter {"stateMachineArns": […],
-- "statuses": […]}; secret is the key that a webhook's messages are signed with.
CREATE TABLE subscription (
  name TEXT NOT NULL PRIMARY KEY,
  target TEXT NOT NULL,
  filter TEXT NOT NULL,
  secret TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
