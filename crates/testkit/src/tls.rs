//! A way to a server that speaks TLS, with a certificate by an authority of its own, and notes how clients say who they
//! are.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// A way over the loopback address that is open until it is dropped.
#[derive(Debug)]
pub struct TlsGate {
    address: SocketAddr,
    authority: String,
    seen: Seen,
    keeper: JoinHandle<()>,
}

/// The `Authorization` of the first request of each connection; none when it has none.
type Seen = Arc<Mutex<Vec<Option<String>>>>;

impl TlsGate {
    /// Makes a way to a server, given as `http://host:port`.
    pub async fn to(url: &str) -> Self {
        let (authority, config) = certified();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens somewhere");
        let target = url.trim_start_matches("http://").to_owned();
        let seen = Seen::default();
        let keeper = tokio::spawn(keep(listener, TlsAcceptor::from(config), target, Arc::clone(&seen)));
        Self { address, authority, seen, keeper }
    }

    /// Returns the address of this side.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Returns the certificate of the authority, in PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the `Authorization` of the first request of each connection so far.
    pub fn authorizations(&self) -> Vec<Option<String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for TlsGate {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Makes an authority, and a certificate of it for 127.0.0.1.
fn certified() -> (String, Arc<ServerConfig>) {
    let valid = "what a certificate is made of is right";
    let mut of_authority = CertificateParams::new(Vec::new()).expect(valid);
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(of_authority, KeyPair::generate().expect(valid)).expect(valid);
    let key = KeyPair::generate().expect(valid);
    let of_server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect(valid);
    let certificate = of_server.signed_by(&key, &authority).expect(valid);
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect(valid);
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect(valid)
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect(valid);
    (authority.pem(), Arc::new(config))
}

async fn keep(listener: TcpListener, acceptor: TlsAcceptor, target: String, seen: Seen) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        connections.spawn(carry(near, acceptor.clone(), target.clone(), Arc::clone(&seen)));
    }
}

/// Carries bytes both ways. Either side may break off at any time; so does a client that does not know the authority.
/// A client may also open a connection as a reserve and close it without a request, which tells nothing of who it is.
async fn carry(near: TcpStream, acceptor: TlsAcceptor, target: String, seen: Seen) {
    let Ok(mut near) = acceptor.accept(near).await else { return };
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    let mut head = Vec::with_capacity(8 << 10);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let Ok(1..) = near.read_buf(&mut head).await else { return };
    }
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(authorization(&head));
    if far.write_all(&head).await.is_ok() {
        drop(copy_bidirectional(&mut near, &mut far).await);
    }
}

/// Returns the `Authorization` of a request whose head, maybe with a part of its body, is given.
fn authorization(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let found = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then_some(value)
    });
    found.map(str::to_owned)
}
