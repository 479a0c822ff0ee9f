-- Who may call the API, and what of it.

-- secret: an access key's is sealed by SECRET_KEYS, of a bearer key there is only its SHA-256. policy: the name of a ready-made
-- one, or a policy's JSON. The keys of one name are one user's; there are two of them at most while they are changed.
CREATE TABLE access_key (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('access', 'bearer')),
  policy TEXT NOT NULL,
  secret TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  disabled_at INTEGER,
  last_used_at INTEGER
) WITHOUT ROWID;
