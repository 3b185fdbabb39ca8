-- The collation C compares texts byte by byte, independent of the locale of the database.
CREATE TABLE "actix_messages" (
    recipient TEXT COLLATE "C" NOT NULL,
    -- The time of creation, in microseconds since the Unix epoch.
    id BIGINT NOT NULL,
    level INTEGER NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    -- Whether the message is HTML that the application declares safe.
    html BOOLEAN NOT NULL,
    -- A JSON array of texts.
    tags TEXT COLLATE "C" NOT NULL,
    view TEXT COLLATE "C" NOT NULL,
    session TEXT COLLATE "C",
    -- The time of reading, in microseconds since the Unix epoch. Null while the message is unread.
    read_at BIGINT,
    -- The texts with their case folded, if they are not ASCII. Null if lower() folds their case.
    message_folded TEXT COLLATE "C",
    tags_folded TEXT COLLATE "C",
    view_folded TEXT COLLATE "C",
    -- The key of the message, unique in its mailbox. Null if it has none.
    key TEXT COLLATE "C",
    -- The time at which the message leaves its mailbox, in microseconds since the Unix epoch. Null if it stays.
    until BIGINT,
    -- A JSON object of fields that few messages use. Null if there are none.
    extra TEXT COLLATE "C",
    PRIMARY KEY (recipient, id)
);

-- Covers counts, peeks and the unread filter: they read only this index.
CREATE INDEX "actix_messages_state" ON "actix_messages" (recipient, read_at, level);

-- Finds the messages of a session that ends.
CREATE INDEX "actix_messages_session" ON "actix_messages" (session) WHERE session IS NOT NULL;

-- Keeps a key unique in its mailbox.
CREATE UNIQUE INDEX "actix_messages_key" ON "actix_messages" (recipient, key) WHERE key IS NOT NULL;

-- Finds the messages that are due to leave their mailboxes.
CREATE INDEX "actix_messages_until" ON "actix_messages" (until) WHERE until IS NOT NULL;

-- Marks: named positions in a mailbox. The mark `newest` is the largest id given in the mailbox. A transaction that
-- gives ids locks this row.
CREATE TABLE "actix_messages_marks" (
    recipient TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- The id of a message.
    at BIGINT NOT NULL,
    PRIMARY KEY (recipient, name)
) WITH (fillfactor = 50);
