-- The event bus: what is to happen when an event fits, and who may put events from outside.

-- rule is {"description", "eventBusName", "eventPattern", "state", "targets", "updatedAt"}; sealed the key that requests to webhooks
-- are signed with.
CREATE TABLE event_rule (
  name TEXT NOT NULL PRIMARY KEY,
  rule TEXT NOT NULL,
  sealed TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Webhooks that come in: hook is {"signature", "event" or "stateMachineArn", "updatedAt"}; sealed the secret that their senders sign
-- with.
CREATE TABLE hook (
  name TEXT NOT NULL PRIMARY KEY,
  hook TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
