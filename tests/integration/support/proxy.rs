//! A network between a program and its server that can be cut, and that can swallow what is sent.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// Passes on what comes in, until it is told otherwise.
#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

struct State {
    network: Network,
    connections: Vec<TcpStream>,
}

/// How the network is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Up,
    /// New connections are closed at once.
    Refusing,
    /// Nothing gets through, and nobody is told.
    Silent,
}

impl Proxy {
    /// A way to this server, which is open.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let state = Arc::new((Mutex::new(State { network: Network::Up, connections: Vec::new() }), Condvar::new()));
        let proxy = Self { address: listener.local_addr().unwrap(), state };
        let accepting = proxy.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                // A connection that can't be passed on is closed.
                drop(client.and_then(|client| accepting.connect(client, server)));
            }
        });
        proxy
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn be(&self, network: Network) {
        let (state, changed) = &*self.state;
        state.lock().unwrap().network = network;
        changed.notify_all();
    }

    /// Closes the connections that there are.
    pub(crate) fn cut(&self) {
        for connection in self.state.0.lock().unwrap().connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    fn connect(&self, client: TcpStream, server: SocketAddr) -> io::Result<()> {
        if self.state.0.lock().unwrap().network == Network::Refusing {
            return Ok(());
        }
        let server = TcpStream::connect(server)?;
        self.state.0.lock().unwrap().connections.extend([client.try_clone()?, server.try_clone()?]);
        for (from, to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
            let proxy = self.clone();
            thread::spawn(move || proxy.pass_on(from, to));
        }
        Ok(())
    }

    fn pass_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            self.wait_until_it_speaks();
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }

    fn wait_until_it_speaks(&self) {
        let (state, changed) = &*self.state;
        drop(changed.wait_while(state.lock().unwrap(), |state| state.network == Network::Silent).unwrap());
    }
}
