-- Tables of items (DynamoDB's on AWS); what is in them is kept by the tables' objects.
CREATE TABLE item_table (
  name TEXT NOT NULL PRIMARY KEY,
  -- JSON: its key, its ARN, which attribute says when items expire
  schema TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
