//! Peers that keep the server waiting, and more of them than it takes.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracely_server::http::connections::{self, Limits};
use tracely_server::router;
use tracely_testkit::app::TestApp;

const PATIENCE: Duration = Duration::from_millis(300);

struct Listening {
    app: TestApp,
    address: std::net::SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

async fn listen(connections: usize) -> Listening {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    let stop = CancellationToken::new();
    let limits = Limits { connections, patience: PATIENCE };
    let serving = connections::serve(listener, router(app.app.clone()), limits, stop.clone());
    Listening { app, address, stop, server: tokio::spawn(serving) }
}

impl Listening {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server listens")
    }

    /// Asks on a connection of its own and returns the whole answer.
    async fn ask(&self) -> String {
        let mut connection = self.connect().await;
        connection
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await
            .ok();
        rest(&mut connection).await
    }

    async fn stop(self) {
        self.stop.cancel();
        self.server.await.expect("the server stops");
        drop(self.app);
    }
}

/// Reads until the server closes the connection.
async fn rest(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).await.ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn who_says_nothing_or_says_it_byte_by_byte_is_not_waited_for() {
    let server = listen(100).await;
    let silent = server.connect().await;
    let begun = server.connect().await;
    let slow = server.connect().await;
    for (mut connection, begin, drops) in [
        (silent, &b""[..], &b""[..]),
        (begun, b"P", b""),
        (
            slow,
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
    ] {
        connection.write_all(begin).await.unwrap();
        let (mut reading, mut writing) = connection.split();
        let drip = async {
            for byte in drops {
                tokio::time::sleep(PATIENCE / 10).await;
                if writing.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        let mut answer = Vec::new();
        // That this ends at all is what is tested: nobody else closes the connection.
        tokio::select! {
            _ = reading.read_to_end(&mut answer) => (),
            () = drip => (),
        }
        assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    }
    assert!(server.ask().await.starts_with("HTTP/1.1 200 OK"));
    server.stop().await;
}

/// Many streams of one connection could each keep an answer waiting that nobody reads.
#[tokio::test]
async fn whoever_speaks_http_2_is_not_listened_to() {
    let server = listen(100).await;
    let mut connection = server.connect().await;
    let (preface, settings) = (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [0, 0, 0, 4, 0, 0, 0, 0, 0]);
    connection.write_all(preface).await.unwrap();
    connection.write_all(&settings).await.ok();
    let said = rest(&mut connection).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said:?}");
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_read_the_answer_is_not_waited_for() {
    let server = listen(1).await;
    let mut greedy = server.connect().await;
    let question = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // Answers pile up until nothing more fits anywhere, and asking fails when the server has given up.
    while greedy.write_all(question).await.is_ok() {}
    assert!(server.ask().await.starts_with("HTTP/1.1 200 OK"), "its place is free again");
    server.stop().await;
}

#[tokio::test]
async fn more_connections_than_allowed_are_told_so_and_nobody_else_suffers() {
    let server = listen(2).await;
    let mut first = server.connect().await;
    let question = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    first.write_all(question).await.unwrap();
    let mut byte = [0];
    first.read_exact(&mut byte).await.unwrap();
    let second = server.connect().await;

    let refused = server.ask().await;
    assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable"), "{refused}");
    let lower = refused.to_lowercase();
    assert!(lower.contains("retry-after: 1\r\n") && lower.contains("connection: close\r\n"), "{refused}");
    assert!(refused.contains("MAX_CONNECTIONS"), "{refused}");

    drop(second);
    let mut answer = String::new();
    while !answer.starts_with("HTTP/1.1 200 OK") {
        answer = server.ask().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_flood_of_connections_is_closed_and_leaves_the_server_as_it_was() {
    let server = listen(50).await;
    let mut flood = Vec::new();
    for _ in 0..1_000 {
        flood.push(server.connect().await);
    }
    let mut closed = 0;
    for mut connection in flood {
        rest(&mut connection).await;
        closed += 1;
    }
    assert_eq!(closed, 1_000, "none is kept");
    assert!(server.ask().await.starts_with("HTTP/1.1 200 OK"));
    server.stop().await;
}

#[tokio::test]
async fn large_bodies_that_do_not_end_share_the_room_and_small_requests_pass() {
    let server = listen(1_000).await;
    let mut slow = Vec::new();
    for _ in 0..17 {
        let mut connection = server.connect().await;
        let head = "POST /api/metrics/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8388608\r\n\r\n";
        connection.write_all(head.as_bytes()).await.unwrap();
        slow.push(connection);
    }
    // One of them finds the room full: it is answered before its body has ended. The others wait for the rest.
    let mut answers = JoinSet::new();
    for mut connection in slow {
        answers.spawn(async move {
            connection.write_all(&vec![b' '; 8_388_000]).await.ok();
            let mut begin = [0; 12];
            connection.read_exact(&mut begin).await.map(|_| String::from_utf8_lossy(&begin).into_owned())
        });
    }
    let first = answers.join_next().await.unwrap().unwrap();
    assert!(first.as_ref().is_ok_and(|answer| answer == "HTTP/1.1 503"), "{first:?}");
    assert!(server.ask().await.starts_with("HTTP/1.1 200 OK"));
    answers.shutdown().await;
    server.stop().await;
}
