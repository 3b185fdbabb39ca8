-- WITHOUT ROWID clusters the rows by recipient and orders them by id.
CREATE TABLE "actix_messages" (
    recipient TEXT NOT NULL,
    -- The time of creation, in microseconds since the Unix epoch.
    id INTEGER NOT NULL,
    level INTEGER NOT NULL,
    message TEXT NOT NULL,
    -- Whether the message is HTML that the application declares safe.
    html INTEGER NOT NULL,
    -- A JSON array of texts.
    tags TEXT NOT NULL,
    view TEXT NOT NULL,
    session TEXT,
    -- The time of reading, in microseconds since the Unix epoch. Null while the message is unread.
    read_at INTEGER,
    -- The texts with their case folded, if they are not ASCII. Null if lower() folds their case.
    message_folded TEXT,
    tags_folded TEXT,
    view_folded TEXT,
    -- The key of the message, unique in its mailbox. Null if it has none.
    key TEXT,
    -- The time at which the message leaves its mailbox, in microseconds since the Unix epoch. Null if it stays.
    until INTEGER,
    -- A JSON object of fields that few messages use. Null if there are none.
    extra TEXT,
    PRIMARY KEY (recipient, id)
) STRICT, WITHOUT ROWID;

-- Covers counts, peeks and the unread filter: they read only this index.
CREATE INDEX "actix_messages_state" ON "actix_messages" (recipient, read_at, level);

-- Finds the messages of a session that ends.
CREATE INDEX "actix_messages_session" ON "actix_messages" (session) WHERE session IS NOT NULL;

-- Keeps a key unique in its mailbox.
CREATE UNIQUE INDEX "actix_messages_key" ON "actix_messages" (recipient, key) WHERE key IS NOT NULL;

-- Finds the messages that are due to leave their mailboxes.
CREATE INDEX "actix_messages_until" ON "actix_messages" (until) WHERE until IS NOT NULL;

-- Marks: named positions in a mailbox. The mark `newest` is the largest id given in the mailbox, if its message is
-- deleted.
CREATE TABLE "actix_messages_marks" (
    recipient TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The id of a message.
    at INTEGER NOT NULL,
    PRIMARY KEY (recipient, name)
) STRICT, WITHOUT ROWID;
