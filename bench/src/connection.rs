//! A lean HTTP/1.1 client: one connection, one request at a time, requests that are encoded by the caller.
//!
//! The load generator shares its machine with the server, so what the client costs is missing there. This one writes
//! bytes that are ready, finds the end of the answer, and allocates nothing in between.

use anyhow::{Context, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More headers than any answer of the server has.
const MAX_HEADERS: usize = 32;

/// A connection that is kept open between requests.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer as it lies in the connection's buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// Where an answer ends, and what it says.
#[derive(Debug, PartialEq, Eq)]
struct Extent {
    status: u16,
    body_start: usize,
    end: usize,
}

impl Connection {
    /// Connects, without Nagle's algorithm.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends a whole request and reads the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        let Extent { status, body_start, end } = self.whole(request).await?;
        Ok(Answer { status, body: &self.buffer[body_start..end] })
    }

    /// Sends a whole request and returns the bytes of the whole answer, head and body.
    pub async fn forward(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        let Extent { end, .. } = self.whole(request).await?;
        Ok(&self.buffer[..end])
    }

    async fn whole(&mut self, request: &[u8]) -> anyhow::Result<Extent> {
        self.buffer.clear();
        self.stream.write_all(request).await.context("the request could not be sent")?;
        loop {
            if let Some(extent) = extent(&self.buffer)?
                && extent.end <= self.buffer.len()
            {
                return Ok(extent);
            }
            let read =
                self.stream.read_buf(&mut self.buffer).await.context("the answer could not be read")?;
            if read == 0 {
                bail!("the connection was closed before the answer");
            }
        }
    }
}

/// Encodes a request. An empty body is sent without a content type.
pub fn request(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(method, path, body.len());
    bytes.extend_from_slice(body);
    bytes
}

/// Encodes the head of a request with a JSON body of this many bytes.
pub fn head(method: &str, path: &str, length: usize) -> Vec<u8> {
    let content_type = if length == 0 { "" } else { "content-type: application/json\r\n" };
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{content_type}content-length: {length}\r\n\r\n")
        .into_bytes()
}

/// Finds the end of the answer; none while its head is not complete.
fn extent(bytes: &[u8]) -> anyhow::Result<Option<Extent>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(body_start) =
        answer.parse(bytes).context("the answer is no HTTP answer")?
    else {
        return Ok(None);
    };
    let status = answer.code.context("the answer has no status")?;
    let length = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize = match length {
        Some(header) => {
            std::str::from_utf8(header.value)?.parse().context("the content length is no number")?
        }
        None if status == 204 || status == 304 => 0,
        None => bail!("the answer with status {status} does not say its length"),
    };
    Ok(Some(Extent { status, body_start, end: body_start + length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}rest";
        assert_eq!(extent(bytes).unwrap(), Some(Extent { status: 201, body_start: 43, end: 45 }));
        assert_eq!(extent(&bytes[..30]).unwrap(), None);
        assert!(extent(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
