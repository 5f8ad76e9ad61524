//! Refreshes, of a peer that answers as a cluster does when its parts fail or take their time.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracely_analytics::elastic::{Elastic, ElasticConfig};

const WELL: &str = r#"{"_shards":{"total":2,"successful":2,"failed":0}}"#;
const HALF: &str = r#"{"_shards":{"total":2,"successful":1,"failed":1,"failures":[
    {"shard":0,"index":"metrics-2024.01.15","reason":{"type":"engine_exception","reason":"no space left"}}]}}"#;

struct Peer(TcpListener);

impl Peer {
    async fn new() -> (Self, Elastic) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        (Self(listener), Elastic::new(ElasticConfig::new(url)).unwrap())
    }

    /// Waits for a request to refresh.
    async fn asked(&self) -> TcpStream {
        let (mut stream, _) = self.0.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("POST /metrics/_refresh?"), "{head}");
        stream
    }

    /// Says whether nobody asks.
    async fn is_left_alone(&self) -> bool {
        tokio::time::timeout(Duration::ZERO, self.0.accept()).await.is_err()
    }
}

async fn answer(mut stream: TcpStream, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}

#[tokio::test]
async fn who_asks_while_a_refresh_is_under_way_waits_for_it() {
    let (peer, engine) = Peer::new().await;
    let (mut first, mut second) = (Box::pin(engine.refresh()), Box::pin(engine.refresh()));
    let held = tokio::select! {
        held = peer.asked() => held,
        early = &mut first => panic!("{early:?} without an answer"),
    };
    let early = tokio::time::timeout(Duration::ZERO, &mut second).await;
    assert!(early.is_err(), "{early:?} while the first has no answer");
    let (first, second, ()) = tokio::join!(first, second, answer(held, WELL));
    first.unwrap();
    second.unwrap();
    assert!(peer.is_left_alone().await, "one refresh did for both");
}

#[tokio::test]
async fn a_refresh_that_failed_in_part_or_was_broken_off_is_repeated() {
    let (peer, engine) = Peer::new().await;
    let half = async { answer(peer.asked().await, HALF).await };
    let (failed, ()) = tokio::join!(engine.refresh(), half);
    let error = failed.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    let said = "1 of 2 shards failed; engine_exception: no space left";
    assert!(error.to_string().ends_with(said), "{error}");

    tokio::select! {
        held = peer.asked() => drop(held),
        early = engine.refresh() => panic!("{early:?} without an answer"),
    }
    let well = async { answer(peer.asked().await, WELL).await };
    let (done, ()) = tokio::join!(engine.refresh(), well);
    done.unwrap();
    engine.refresh().await.unwrap();
    assert!(peer.is_left_alone().await, "nothing is left to refresh");
}
