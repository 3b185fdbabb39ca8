-- Texts are compared byte by byte, whatever the locale of the database.
CREATE TABLE "actix_messages" (
    recipient TEXT COLLATE "C" NOT NULL,
    -- The microsecond of creation since the Unix epoch.
    id BIGINT NOT NULL,
    level INTEGER NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    -- Whether the message is HTML that is known to be safe.
    html BOOLEAN NOT NULL,
    -- A JSON array of texts.
    tags TEXT COLLATE "C" NOT NULL,
    view TEXT COLLATE "C" NOT NULL,
    session TEXT COLLATE "C",
    -- A microsecond since the Unix epoch; null while unread.
    read_at BIGINT,
    -- The same texts with their case folded, where lower() does not fold it: beyond ASCII.
    message_folded TEXT COLLATE "C",
    tags_folded TEXT COLLATE "C",
    view_folded TEXT COLLATE "C",
    -- What the message is about; null if it has no key.
    key TEXT COLLATE "C",
    -- The microsecond since the Unix epoch at which the message leaves its mailbox; null if it stays.
    until BIGINT,
    -- A JSON object of what few messages have; null if there is nothing.
    extra TEXT COLLATE "C",
    PRIMARY KEY (recipient, id)
);

-- Counts, peeks and the unread filter are answered from here alone.
CREATE INDEX "actix_messages_state" ON "actix_messages" (recipient, read_at, level);

-- The end of a session finds its messages here.
CREATE INDEX "actix_messages_session" ON "actix_messages" (session) WHERE session IS NOT NULL;

-- A key is there once in a mailbox.
CREATE UNIQUE INDEX "actix_messages_key" ON "actix_messages" (recipient, key) WHERE key IS NOT NULL;

-- Messages whose time has come are found here.
CREATE INDEX "actix_messages_until" ON "actix_messages" (until) WHERE until IS NOT NULL;

-- Named positions in a mailbox. The one that is named newest is the largest id that was given there; whoever gives ids locks it.
CREATE TABLE "actix_messages_marks" (
    recipient TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- An id.
    at BIGINT NOT NULL,
    PRIMARY KEY (recipient, name)
) WITH (fillfactor = 50);
