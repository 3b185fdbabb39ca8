//! The one table, in Diesel's terms.

diesel::table! {
    #[sql_name = "actix_messages"]
    messages (recipient, id) {
        recipient -> Text,
        id -> BigInt,
        level -> Integer,
        message -> Text,
        html -> Bool,
        tags -> Text,
        view -> Text,
        session -> Nullable<Text>,
        read_at -> Nullable<BigInt>,
        message_folded -> Nullable<Text>,
        tags_folded -> Nullable<Text>,
        view_folded -> Nullable<Text>,
    }
}
