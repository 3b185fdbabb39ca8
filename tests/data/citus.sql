-- The table of messages as it is created -> the same table on the nodes of Citus, divided by recipient, with what is in
-- it. Where it is divided already, nothing is changed, so this may be run again.
SELECT create_distributed_table('actix_messages', 'recipient')
WHERE 'actix_messages'::regclass NOT IN (SELECT logicalrelid FROM pg_dist_partition);
SELECT create_distributed_table('actix_messages_marks', 'recipient', colocate_with => 'actix_messages')
WHERE 'actix_messages_marks'::regclass NOT IN (SELECT logicalrelid FROM pg_dist_partition);
