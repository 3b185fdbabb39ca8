DROP TABLE "actix_messages_marks";
DROP TABLE "actix_messages";
