//! A TCP proxy on loopback that breaks what passes through it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What happens to connections, old and new, from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Everything passes.
    None,
    /// Open connections are cut, new ones closed at once: the other side is down.
    Refuse,
    /// Bytes are taken and never delivered: a network that lost its way.
    Drop,
    /// Nothing is read any more, so that senders meet back-pressure: a stalled peer.
    Stall,
}

/// Stops when dropped.
pub struct FaultProxy {
    address: SocketAddr,
    fault: Arc<watch::Sender<Fault>>,
    /// Changes when open connections are to be cut.
    cuts: Arc<watch::Sender<u64>>,
    _stop: DropGuard,
}

impl FaultProxy {
    /// Listens on a free port and passes everything on to `target`.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (fault, cuts) = (Arc::new(watch::channel(Fault::None).0), Arc::new(watch::channel(0).0));
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, target, Arc::clone(&fault), Arc::clone(&cuts), stop.clone()));
        Self { address, fault, cuts, _stop: stop.drop_guard() }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on this happens.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
        if fault == Fault::Refuse {
            self.cut();
        }
    }

    /// Cuts every open connection; new ones are as `set` says.
    pub fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }
}

async fn accept(
    listener: TcpListener,
    target: SocketAddr,
    fault: Arc<watch::Sender<Fault>>,
    cuts: Arc<watch::Sender<u64>>,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        let client = tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => match accepted { Ok((client, _)) => client, Err(_) => continue },
        };
        if *fault.borrow() != Fault::Refuse {
            connections.spawn(pass(client, target, fault.subscribe(), cuts.subscribe()));
        }
    }
}

async fn pass(client: TcpStream, target: SocketAddr, fault: watch::Receiver<Fault>, mut cuts: watch::Receiver<u64>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let both = async { tokio::join!(pump(from_client, to_server, fault.clone()), pump(from_server, to_client, fault)) };
    tokio::select! { _ = both => {} _ = cuts.changed() => {} }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut fault: watch::Receiver<Fault>) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        if fault.wait_for(|fault| *fault != Fault::Stall).await.is_err() {
            return;
        }
        let count = match from.read(&mut buffer).await {
            Ok(count) if count > 0 => count,
            _ => break,
        };
        if fault.wait_for(|fault| *fault != Fault::Stall).await.is_err() {
            return;
        }
        let lost = *fault.borrow() == Fault::Drop;
        if !lost && to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn echo_server() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        address
    }

    async fn round_trip(stream: &mut TcpStream, text: &[u8]) -> Option<Vec<u8>> {
        stream.write_all(text).await.ok()?;
        let mut answer = vec![0; text.len()];
        stream.read_exact(&mut answer).await.ok()?;
        Some(answer)
    }

    #[tokio::test]
    async fn what_stalls_arrives_later_and_what_drops_never() {
        let proxy = FaultProxy::to(echo_server().await).await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(round_trip(&mut stream, b"one").await.as_deref(), Some(&b"one"[..]));

        proxy.set(Fault::Stall);
        let waiting = tokio::time::timeout(Duration::from_millis(50), round_trip(&mut stream, b"two")).await;
        assert!(waiting.is_err(), "a stalled connection answers nothing");
        proxy.set(Fault::None);
        let mut late = [0; 3];
        stream.read_exact(&mut late).await.unwrap();
        assert_eq!(&late, b"two", "nothing is lost by a stall");

        proxy.set(Fault::Drop);
        let lost = tokio::time::timeout(Duration::from_millis(50), round_trip(&mut stream, b"gone")).await;
        assert!(lost.is_err(), "dropped bytes never come back");
    }

    #[tokio::test]
    async fn a_cut_ends_open_connections_and_refuse_new_ones_too() {
        let proxy = FaultProxy::to(echo_server().await).await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(round_trip(&mut stream, b"one").await.is_some());
        proxy.cut();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0, "the connection is over");
        let mut again = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(round_trip(&mut again, b"two").await.is_some(), "after a cut one may come back");
        proxy.set(Fault::Refuse);
        let mut refused = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(round_trip(&mut refused, b"three").await.is_none(), "the other side looks down");
    }
}
