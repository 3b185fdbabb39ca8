//! Declares the tables of messages and of marks for Diesel, with the names that this build uses.

/// The build script calls these macros for each database, with the name of the table.
macro_rules! table_of_messages {
    ($($name:tt)+) => {
        diesel::table! {
            $($name)+ (recipient, id) {
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
                key -> Nullable<Text>,
                until -> Nullable<BigInt>,
                extra -> Nullable<Text>,
            }
        }
    };
}

macro_rules! table_of_marks {
    ($($name:tt)+) => {
        diesel::table! {
            $($name)+ (recipient, name) {
                recipient -> Text,
                name -> Text,
                at -> BigInt,
            }
        }
    };
}

pub(crate) use table_of_marks;
pub(crate) use table_of_messages;
