//! Tests that a database in memory survives work that panics, unchanged.

use std::{panic::panic_any, time::Duration};

use diesel::{
    Connection as _, RunQueryDsl,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Pool},
    result::Error as DieselError,
    sql_query,
    sqlite::SqliteConnection as Connection,
};
use tokio::runtime::Builder;

use crate::{
    error::Failure,
    threads::{Connections, Workers, catch_panics, transaction_depth},
};

fn insert(connection: &mut Connection) -> usize {
    sql_query("INSERT INTO orders VALUES (1)").execute(connection).unwrap()
}

fn count(connection: &mut Connection) -> usize {
    sql_query("UPDATE orders SET number = 2").execute(connection).unwrap()
}

#[test]
fn the_transactions_that_it_began_are_rolled_back_and_no_others() {
    let mut connection = Connection::establish(":memory:").unwrap();
    connection.batch_execute("CREATE TABLE orders (number INTEGER)").unwrap();
    let committed = connection.transaction(|connection| {
        insert(connection);
        let before = transaction_depth(connection)?;
        let panicked = catch_panics(connection, |connection| {
            connection.transaction(|connection| {
                insert(connection);
                connection.transaction(|_| -> Result<(), DieselError> { panic_any("on purpose") })
            })?;
            Ok(())
        });
        assert_eq!(panicked.unwrap_err().to_string(), "the work panicked: on purpose");
        assert_eq!(transaction_depth(connection)?, before);
        Ok::<_, DieselError>(())
    });
    committed.unwrap();
    assert_eq!(count(&mut connection), 1);
}

#[test]
fn a_read_that_panics_is_answered_and_its_connection_goes_on() {
    let pool = Pool::builder().max_size(1).build(ConnectionManager::<Connection>::new(":memory:")).unwrap();
    pool.get().unwrap().batch_execute("CREATE TABLE orders (number INTEGER)").unwrap();
    let workers = Workers::start(Connections::of_pool(pool), Duration::from_secs(60)).unwrap();
    Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
        let panicked = workers.read(|_| -> Result<(), Failure> { panic_any("on purpose".to_owned()) }).await;
        assert!(format!("{:?}", panicked.unwrap_err()).contains("on purpose"));
        let count = workers.read(|connection| {
            insert(connection);
            Ok(count(connection))
        });
        assert_eq!(count.await.unwrap(), 1);
    });
}
