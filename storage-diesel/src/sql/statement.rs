//! Defines a hand-written statement that a connection keeps prepared.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};

use super::{Backend, Connection};

/// A value bound to a statement.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    TextOrNull(Option<&'a str>),
    Number(i64),
    NumberOrNull(Option<i64>),
    SmallNumber(i32),
    Flag(bool),
}

/// SQL with a `?` for each value. Each SQL text needs a different type as `Name`: Diesel identifies the prepared
/// statement by its type, and builds its SQL only once.
#[derive(Debug)]
pub(crate) struct Statement<'a, Name, Columns> {
    sql: &'a str,
    values: Vec<Value<'a>>,
    name: PhantomData<fn() -> (Name, Columns)>,
}

impl<'a, Name, Columns> Statement<'a, Name, Columns> {
    pub(crate) fn new(sql: &'a str, values: impl IntoIterator<Item = Value<'a>>) -> Self {
        Self { sql, values: values.into_iter().collect(), name: PhantomData }
    }
}

impl<Name, Columns> Query for Statement<'_, Name, Columns> {
    type SqlType = Columns;
}

impl<Name, Columns> RunQueryDsl<Connection> for Statement<'_, Name, Columns> {}

impl<Name: 'static, Columns: 'static> QueryId for Statement<'_, Name, Columns> {
    type QueryId = Statement<'static, Name, Columns>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Name, Columns> QueryFragment<Backend> for Statement<'_, Name, Columns> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let mut values = self.values.iter();
        for (number, sql) in self.sql.split('?').enumerate() {
            if number > 0 {
                match values.next() {
                    Some(Value::Text(text)) => out.push_bind_param::<Text, _>(*text)?,
                    Some(Value::TextOrNull(text)) => out.push_bind_param::<Nullable<Text>, _>(text)?,
                    Some(Value::Number(number)) => out.push_bind_param::<BigInt, _>(number)?,
                    Some(Value::NumberOrNull(number)) => out.push_bind_param::<Nullable<BigInt>, _>(number)?,
                    Some(Value::SmallNumber(number)) => out.push_bind_param::<Integer, _>(number)?,
                    Some(Value::Flag(flag)) => out.push_bind_param::<Bool, _>(flag)?,
                    None => return Err(diesel::result::Error::QueryBuilderError("a value is missing".into())),
                }
            }
            out.push_sql(sql);
        }
        Ok(())
    }
}
