//! The end of a server process, which the programs of the tests share. All tests are in their own targets.

use std::{
    io::{self, Write},
    net::SocketAddr,
    thread,
};

use actix_web::dev::Server;

/// Prints the address of a server to the standard output, and runs it until the standard input ends.
pub async fn serve_until_input_ends(address: SocketAddr, server: Server) -> io::Result<()> {
    let handle = server.handle();
    thread::spawn(move || {
        // The input ends when the parent process ends, even if that is killed.
        drop(io::copy(&mut io::stdin(), &mut io::sink()));
        drop(handle.stop(false));
    });
    writeln!(io::stdout(), "{address}")?;
    server.await
}
