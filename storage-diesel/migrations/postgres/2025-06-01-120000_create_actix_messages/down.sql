DROP TABLE "actix_messages";
