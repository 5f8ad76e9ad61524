//! Stands between the server and a search cluster, and notes what the server asks.
//!
//! The bare query of a measurement is then what the server really sent, on the same way to the cluster.

use crate::answer::request_end;
use crate::connection::{Connection, request_for};
use anyhow::Context;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracely_core::time::Timestamp;

/// A search as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    path: String,
    /// The form of the answer, when it was asked for one.
    accept: Option<String>,
    body: String,
}

/// A listener whose connections are passed on to a cluster.
#[derive(Debug)]
pub struct Recorder {
    /// Where it listens.
    pub address: SocketAddr,
    searches: Arc<Mutex<Vec<Search>>>,
}

impl Recorder {
    /// Starts it; it ends with the runtime.
    pub async fn start(cluster: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, searches) = (listener.local_addr()?, Arc::<Mutex<Vec<Search>>>::default());
        let noted = Arc::clone(&searches);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(pass(stream, cluster, Arc::clone(&noted)));
            }
        });
        Ok(Self { address, searches })
    }

    /// Returns the searches since the last call.
    pub fn take(&self) -> Vec<Search> {
        std::mem::take(&mut self.searches.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Search {
    /// Returns the same request with another end of the span that it asks about, if it names one. No cache of the
    /// cluster has the answer then, and the cluster keeps it as it has kept that of the first.
    pub fn until(&self, end: Timestamp, other: Timestamp) -> Vec<u8> {
        let body = self.body.replace(&end.0.to_string(), &other.0.to_string());
        request_for(self.accept.as_deref(), "POST", &self.path, body.as_bytes())
    }
}

async fn pass(
    mut stream: TcpStream,
    cluster: SocketAddr,
    searches: Arc<Mutex<Vec<Search>>>,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(cluster).await?;
    let mut buffer = Vec::with_capacity(64 << 10);
    loop {
        while let Some(end) = request_end(&buffer)?
            && end <= buffer.len()
        {
            if let Some(search) = search_in(&buffer[..end])? {
                searches.lock().unwrap_or_else(PoisonError::into_inner).push(search);
            }
            stream.write_all(connection.forward(&buffer[..end]).await?).await?;
            buffer.drain(..end);
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// Returns what a request searches, if it is a search.
fn search_in(bytes: &[u8]) -> anyhow::Result<Option<Search>> {
    let head = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let path = std::str::from_utf8(head)?.split(' ').nth(1).context("a request without a path")?;
    if !path.contains("/_search") {
        return Ok(None);
    }
    let end =
        bytes.windows(4).position(|window| window == b"\r\n\r\n").context("a request without an end")?;
    let mut headers = std::str::from_utf8(&bytes[..end])?.lines().filter_map(|line| line.split_once(':'));
    let accept = headers.find(|(name, value)| name.eq_ignore_ascii_case("accept") && value.trim() != "*/*");
    let accept = accept.map(|(_, value)| value.trim().to_owned());
    let body = String::from_utf8(bytes[end + 4..].to_vec()).context("a search that is no text")?;
    Ok(Some(Search { path: path.to_owned(), accept, body }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::request;

    #[test]
    fn only_searches_are_noted_and_asked_again_with_an_end_of_their_own() {
        let body = |end: i64| format!("{{\"range\":{{\"instant\":{{\"gte\":1000000,\"lt\":{end}}}}}}}");
        let (end, other) = (Timestamp(2_000_000), Timestamp(1_999_500));
        for accept in [None, Some("application/cbor")] {
            let ask =
                |end: Timestamp| request_for(accept, "POST", "/metrics/_search?a=b", body(end.0).as_bytes());
            let found = search_in(&ask(end)).unwrap().unwrap();
            assert_eq!(found.until(end, other), ask(other), "in the same form");
        }
        assert_eq!(search_in(&request("POST", "/_bulk", b"{}")).unwrap(), None);
    }
}
