-- The schedules, for lists; the object of each keeps when it is due next.
CREATE TABLE schedule (
  name TEXT NOT NULL PRIMARY KEY,
  plan TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
