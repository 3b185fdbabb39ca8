-- A mailbox is stored together: rows are clustered by recipient and ordered by id.
CREATE TABLE "actix_messages" (
    recipient TEXT NOT NULL,
    -- The microsecond of creation since the Unix epoch.
    id INTEGER NOT NULL,
    level INTEGER NOT NULL,
    message TEXT NOT NULL,
    -- Whether the message is HTML that is known to be safe.
    html INTEGER NOT NULL,
    -- A JSON array of texts.
    tags TEXT NOT NULL,
    view TEXT NOT NULL,
    session TEXT,
    -- A microsecond since the Unix epoch; null while unread.
    read_at INTEGER,
    -- The same texts with their case folded, where lower() does not fold it: beyond ASCII.
    message_folded TEXT,
    tags_folded TEXT,
    view_folded TEXT,
    -- What the message is about; null if it has no key.
    key TEXT,
    -- The microsecond since the Unix epoch at which the message leaves its mailbox; null if it stays.
    until INTEGER,
    -- A JSON object of what few messages have; null if there is nothing.
    extra TEXT,
    PRIMARY KEY (recipient, id)
) STRICT, WITHOUT ROWID;

-- Counts, peeks and the unread filter are answered from here alone.
CREATE INDEX "actix_messages_state" ON "actix_messages" (recipient, read_at, level);

-- The end of a session finds its messages here.
CREATE INDEX "actix_messages_session" ON "actix_messages" (session) WHERE session IS NOT NULL;

-- A key is there once in a mailbox.
CREATE UNIQUE INDEX "actix_messages_key" ON "actix_messages" (recipient, key) WHERE key IS NOT NULL;

-- Messages whose time has come are found here.
CREATE INDEX "actix_messages_until" ON "actix_messages" (until) WHERE until IS NOT NULL;

-- Named positions in a mailbox. The one that is named newest is the largest id that was given there, if its message is gone.
CREATE TABLE "actix_messages_marks" (
    recipient TEXT NOT NULL,
    name TEXT NOT NULL,
    -- An id.
    at INTEGER NOT NULL,
    PRIMARY KEY (recipient, name)
) STRICT, WITHOUT ROWID;
