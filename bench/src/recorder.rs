//! Stands between the server and a search cluster, and notes what the server asks.
//!
//! The bare query of a measurement is then what the server really sent, byte by byte.

use crate::answer::request_end;
use crate::connection::Connection;
use anyhow::Context;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A whole request that searches.
type Search = Vec<u8>;

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

    /// Returns the searches since the last call, as the server sent them.
    pub fn take(&self) -> Vec<Search> {
        std::mem::take(&mut self.searches.lock().unwrap_or_else(PoisonError::into_inner))
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
            if is_search(&buffer[..end])? {
                searches.lock().unwrap_or_else(PoisonError::into_inner).push(buffer[..end].to_vec());
            }
            stream.write_all(connection.forward(&buffer[..end]).await?).await?;
            buffer.drain(..end);
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// Says whether a request searches.
fn is_search(bytes: &[u8]) -> anyhow::Result<bool> {
    let head = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let path = std::str::from_utf8(head)?.split(' ').nth(1).context("a request without a path")?;
    Ok(path.contains("/_search"))
}

#[cfg(test)]
mod tests {
    use super::is_search;
    use crate::connection::request;

    #[test]
    fn only_searches_are_noted() {
        assert!(is_search(&request("POST", "/metrics/_search?a=b", b"{}")).unwrap());
        assert!(!is_search(&request("POST", "/_bulk", b"{}")).unwrap());
    }
}
