-- What goes with requests that leave, and what is hidden.

-- How requests to others are authorized: shown is {"authorizationType": …} with what may be shown again, sealed the secrets as one
-- sealed text. A function's target names a connection: {"url": …, "connection": name}.
CREATE TABLE connection (
  name TEXT NOT NULL PRIMARY KEY,
  shown TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Paths of what is hidden in the data of executions: ["$.card", "$..password"]; NULL: nothing. An execution keeps those it was
-- started with.
ALTER TABLE state_machine ADD COLUMN redacted_paths TEXT;
