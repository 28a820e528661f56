//! Where the edge listens.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// Why the edge can't listen; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address that others can reach, without encryption.
    #[error(
        "{0} can be reached from other machines, and this server speaks no TLS: listen on \
         127.0.0.1 or [::1], and let a proxy with TLS stand before it"
    )]
    NotLoopback(SocketAddr),
    /// Somebody else has the port.
    #[error("port {0} is in use: stop what listens there, or choose another one with --port")]
    PortInUse(u16),
    /// A port that only the administrator may open.
    #[error("port {0} may not be opened by this user: choose one above 1023 with --port")]
    NotAllowed(u16),
    /// Anything else.
    #[error("{0} can't be listened on: {1}")]
    Other(SocketAddr, #[source] io::Error),
}

/// Listens on an address of this machine alone.
///
/// # Errors
/// [`ListenError`].
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    if !address.ip().is_loopback() {
        return Err(ListenError::NotLoopback(address));
    }
    bind(address).await
}

/// Listens on all addresses of this machine, without encryption. Only for a demo whose money is
/// invented, and whose owner asked for it and was warned.
///
/// # Errors
/// [`ListenError`], but never [`ListenError::NotLoopback`].
pub async fn listen_to_network(port: u16) -> Result<TcpListener, ListenError> {
    bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).await
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ListenError::PortInUse(address.port()),
        io::ErrorKind::PermissionDenied => ListenError::NotAllowed(address.port()),
        _ => ListenError::Other(address, error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn listens_on_this_machine_alone_and_once() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
            let refused = listen(address.parse().unwrap()).await.unwrap_err();
            assert!(matches!(refused, ListenError::NotLoopback(_)), "{address}");
        }
        let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let second = listen(first.local_addr().unwrap()).await.unwrap_err();
        assert!(second.to_string().contains("is in use"), "{second}");
        let open = listen_to_network(0).await.unwrap();
        assert!(open.local_addr().unwrap().ip().is_unspecified());
    }
}
