-- Queues and topics.

-- Queues that need no binding: plan is {"name", "function", "batchSize", …}, as queues/queues.ts has it.
CREATE TABLE queue (
  name TEXT NOT NULL PRIMARY KEY,
  plan TEXT NOT NULL
) WITHOUT ROWID;

-- Topics, and who hears of what is published on them. plan is {"target": …, "filterPolicy": …, …}, as topics/topics.ts has it; secret
-- is the key that a webhook's messages are signed with, sealed.
CREATE TABLE topic (
  name TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE topic_subscription (
  topic TEXT NOT NULL,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  secret TEXT,
  PRIMARY KEY (topic, name)
) WITHOUT ROWID;
