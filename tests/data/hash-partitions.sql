-- The table of messages as it is created -> the same table in 16 hash partitions by recipient, with what is in it. Where
-- it has partitions already, nothing is changed, so this may be run again.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = 'actix_messages'::regclass) = 'p' THEN
        RETURN;
    END IF;
    ALTER TABLE actix_messages RENAME TO actix_messages_before;
    -- Its columns and their collations are those of the table before.
    CREATE TABLE actix_messages (LIKE actix_messages_before) PARTITION BY HASH (recipient);
    FOR part IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE actix_messages_%s PARTITION OF actix_messages FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            part, part
        );
    END LOOP;
    INSERT INTO actix_messages SELECT * FROM actix_messages_before;
    -- With it go its indexes, whose names are needed again.
    DROP TABLE actix_messages_before;
    ALTER TABLE actix_messages ADD PRIMARY KEY (recipient, id);
    CREATE INDEX actix_messages_state ON actix_messages (recipient, read_at, level);
    CREATE INDEX actix_messages_session ON actix_messages (session) WHERE session IS NOT NULL;
    CREATE UNIQUE INDEX actix_messages_key ON actix_messages (recipient, key) WHERE key IS NOT NULL;
    CREATE INDEX actix_messages_until ON actix_messages (until) WHERE until IS NOT NULL;

    ALTER TABLE actix_messages_marks RENAME TO actix_messages_marks_before;
    CREATE TABLE actix_messages_marks (LIKE actix_messages_marks_before) PARTITION BY HASH (recipient);
    FOR part IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE actix_messages_marks_%s PARTITION OF actix_messages_marks
             FOR VALUES WITH (MODULUS 16, REMAINDER %s) WITH (fillfactor = 50)',
            part, part
        );
    END LOOP;
    INSERT INTO actix_messages_marks SELECT * FROM actix_messages_marks_before;
    DROP TABLE actix_messages_marks_before;
    ALTER TABLE actix_messages_marks ADD PRIMARY KEY (recipient, name);
END
$$;
