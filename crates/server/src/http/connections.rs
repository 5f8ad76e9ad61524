//! Connections: how many may be open, and how long a peer may keep one waiting.
//!
//! Only HTTP/1.1 is spoken here: proxies that speak HTTP/2 to browsers speak it to us, and each of the many streams of an
//! HTTP/2 connection could keep a finished answer waiting without anything that stalls.
//!
//! A peer that opens connections and says nothing, or says it byte by byte (slow-loris), or asks and does not read the
//! answer, costs a connection and no more: each wait has an end, and connections have a limit. Beyond the limit a few
//! get `503` with `Retry-After`, and the others are closed at once, so that who comes back in time is told why and a
//! flood costs nothing.

use super::patient::Patient;
use super::problem::Problem;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, header};
use axum::response::IntoResponse;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Connections above the limit that are told so at a time; more are closed without a word.
const REFUSALS: usize = 64;
/// How long a connection that is refused may take to hear it.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(2);
/// How much of a request is read ahead; also the largest head of a request, in bytes.
const READ_AHEAD: usize = 64 << 10;
/// How long to wait after a connection could not be taken, as when the process has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// What a peer may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many connections may be open.
    pub connections: usize,
    /// How long a peer may take to send the head of a request (also the first one), and to take any byte of an answer.
    /// A connection on which nothing is asked for that long is closed.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 8_192, patience: Duration::from_secs(30) }
    }
}

/// Serves until told to stop, and then until the requests under way are answered.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let server = Server {
        router,
        limits,
        graceful: GracefulShutdown::new(),
        places: Arc::new(Semaphore::new(limits.connections)),
        refusals: Arc::new(Semaphore::new(REFUSALS)),
    };
    let mut full = false;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((connection, _)) => server.take(connection, &mut full),
            // The peer has gone again.
            Err(error) if is_of_the_peer(&error) => (),
            Err(error) => {
                tracing::error!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    server.graceful.shutdown().await;
}

struct Server {
    router: Router,
    limits: Limits,
    graceful: GracefulShutdown,
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

impl Server {
    fn take(&self, connection: TcpStream, full: &mut bool) {
        // An answer is written at once; waiting for more to fill a packet would only delay it.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            *full = false;
            self.answer(connection, place);
            return;
        }
        if !*full {
            let limit = self.limits.connections;
            tracing::warn!(
                "{limit} connections are open, which is the limit (MAX_CONNECTIONS); more are refused"
            );
            *full = true;
        }
        if let Ok(place) = Arc::clone(&self.refusals).try_acquire_owned() {
            refuse(connection, place);
        }
    }

    fn answer(&self, connection: TcpStream, place: OwnedSemaphorePermit) {
        let patience = self.limits.patience;
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(READ_AHEAD);
        let io = TokioIo::new(Patient::new(connection, patience));
        let service = TowerToHyperService::new(self.router.clone());
        let served = self.graceful.watch(builder.serve_connection(io, service));
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
}

/// Answers one request with `503` and closes the connection.
fn refuse(connection: TcpStream, place: OwnedSemaphorePermit) {
    let service =
        hyper::service::service_fn(|_: Request<hyper::body::Incoming>| async { Ok::<_, Infallible>(full()) });
    let mut builder = http1::Builder::new();
    builder.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(REFUSAL_PATIENCE);
    let served = builder.serve_connection(TokioIo::new(connection), service);
    tokio::spawn(async move {
        let _ = tokio::time::timeout(REFUSAL_PATIENCE, served).await;
        drop(place);
    });
}

fn full() -> Response<Body> {
    let detail = "more connections are open than this server takes (MAX_CONNECTIONS)";
    let mut response = Problem::unavailable(detail, 1).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
