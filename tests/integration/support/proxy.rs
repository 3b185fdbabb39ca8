//! A proxy between a program and its server, which can cut connections and swallow data.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// Forwards data until a test changes the state of the network.
#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

struct State {
    network: Network,
    connections: Vec<TcpStream>,
}

/// The state of the network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Up,
    /// New connections are closed at once.
    Refusing,
    /// No data gets through, and no connection is closed.
    Silent,
}

impl Proxy {
    /// Starts a proxy to this server. The network is up.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let state = Arc::new((Mutex::new(State { network: Network::Up, connections: Vec::new() }), Condvar::new()));
        let proxy = Self { address: listener.local_addr().unwrap(), state };
        let accepting = proxy.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                // A connection that can't be forwarded is closed.
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

    /// Closes all current connections.
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
