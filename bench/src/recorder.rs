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

/// A search as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    path: String,
    /// The form of the answer, when it was asked for one.
    accept: Option<String>,
    body: Vec<u8>,
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
    /// Returns the same request, answered without the cluster's cache.
    pub fn again(&self) -> Vec<u8> {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        let path = format!("{}{sign}request_cache=false", self.path);
        request_for(self.accept.as_deref(), "POST", &path, &self.body)
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
    Ok(Some(Search { path: path.to_owned(), accept, body: bytes[end + 4..].to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::request;

    #[test]
    fn only_searches_are_noted_and_asked_again_without_the_cache() {
        let search = request("POST", "/metrics/_search?allow_no_indices=true", b"{}");
        let found = search_in(&search).unwrap().unwrap();
        assert_eq!(
            found.again(),
            request("POST", "/metrics/_search?allow_no_indices=true&request_cache=false", b"{}")
        );
        let search = request_for(Some("application/cbor"), "POST", "/metrics/_search", b"{}");
        let again = search_in(&search).unwrap().unwrap().again();
        let path = "/metrics/_search?request_cache=false";
        assert_eq!(again, request_for(Some("application/cbor"), "POST", path, b"{}"), "in the same form");
        assert_eq!(search_in(&request("POST", "/_bulk", b"{}")).unwrap(), None);
    }
}
