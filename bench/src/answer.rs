//! A server that reads requests and answers `200` at once: the floor under every figure, and the measure of what the
//! client costs.

use anyhow::Context;
use futures_util::future::join;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// Serves until the process is killed; prints the address.
pub async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let (sender, mut connections) = tokio::sync::mpsc::unbounded_channel();
    let accept = async {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let _ = sender.send(stream);
        }
    };
    let serve = async {
        while let Some(stream) = connections.recv().await {
            tokio::spawn(answer(stream));
        }
    };
    join(accept, serve).await;
    Ok(())
}

async fn answer(mut stream: TcpStream) -> anyhow::Result<()> {
    let mut buffer = Vec::with_capacity(256 << 10);
    loop {
        while let Some(end) = request_end(&buffer)?
            && end <= buffer.len()
        {
            stream.write_all(ANSWER).await?;
            buffer.drain(..end);
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// Finds the end of the first request; none while its head is not complete.
pub fn request_end(bytes: &[u8]) -> anyhow::Result<Option<usize>> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(body) = request.parse(bytes)? else { return Ok(None) };
    let length = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize =
        length.map_or(Ok(0), |header| std::str::from_utf8(header.value)?.parse().context("length"))?;
    Ok(Some(body + length))
}

/// Such a server as a process of its own, so that its CPU time is not the client's. Killed when dropped.
#[derive(Debug)]
pub struct Answering {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Answering {
    /// Starts it.
    pub fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("answer")
            .stdout(Stdio::piped())
            .spawn()
            .context("this program cannot be started again")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it was piped")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().parse()? })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
