//! The public API as the scenarios use it beside the load: JSON in, JSON out, an error for every refusal.

use crate::connection::{Connection, request};
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often something that is waited for is asked for.
const POLL: Duration = Duration::from_millis(5);

/// A client of the API on one connection.
#[derive(Debug)]
pub struct Api {
    connection: Connection,
}

/// How far the workers are behind the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    /// Entries of the log that the evaluator has not read.
    pub evaluator: u64,
    /// Entries of the log that the dispatcher has not read.
    pub dispatcher: u64,
    /// Entries of the log that are in no answer yet unless a question brings them in.
    pub indexer: u64,
}

impl Lag {
    /// Returns the larger of each.
    pub fn max(self, other: Self) -> Self {
        Self {
            evaluator: self.evaluator.max(other.evaluator),
            dispatcher: self.dispatcher.max(other.dispatcher),
            indexer: self.indexer.max(other.indexer),
        }
    }
}

impl Api {
    /// Connects to a server.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(address).await? })
    }

    /// Asks, and returns the whole answer.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        self.call("GET", path, b"").await
    }

    /// Asks, and leaves the whole answer unread: reading JSON takes time too.
    pub async fn ask(&mut self, path: &str) -> anyhow::Result<()> {
        let answer = self.connection.exchange(&request("GET", path, b"")).await?;
        ensure!(answer.status == 200, "GET {path}: {}", answer.status);
        Ok(())
    }

    /// Makes something, and returns what was made (the field `data`).
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let mut answer = self.call("POST", path, &serde_json::to_vec(body)?).await?;
        Ok(answer["data"].take())
    }

    /// Changes something.
    pub async fn patch(&mut self, path: &str, body: &Value) -> anyhow::Result<()> {
        self.call("PATCH", path, &serde_json::to_vec(body)?).await?;
        Ok(())
    }

    /// Fails unless the server says that it is ready.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let answer = self.connection.exchange(&request("GET", "/readyz", b"")).await?;
        ensure!(answer.status == 200, "GET /readyz: {}", answer.status);
        Ok(())
    }

    async fn call(&mut self, method: &str, path: &str, body: &[u8]) -> anyhow::Result<Value> {
        let answer = self.connection.exchange(&request(method, path, body)).await?;
        if answer.status >= 300 {
            bail!("{method} {path}: {} {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(answer.body).with_context(|| format!("{method} {path}: no JSON"))
    }

    /// Asks how far the workers are behind.
    pub async fn lag(&mut self) -> anyhow::Result<Lag> {
        let system = self.get("/api/system").await?;
        let consumers = system["data"]["consumers"].as_array().context("the answer has no consumers")?;
        let of = |names: &[&str]| {
            let consumer =
                consumers.iter().find(|consumer| names.iter().any(|name| consumer["name"] == **name));
            consumer
                .and_then(|consumer| consumer["lag"].as_u64())
                .with_context(|| format!("no lag of {}", names.join(" or ")))
        };
        // The second one brings points into a search cluster.
        let indexer = of(&["indexer", "elastic"])?;
        Ok(Lag { evaluator: of(&["evaluator"])?, dispatcher: of(&["dispatcher"])?, indexer })
    }

    /// Waits until no worker is behind, and returns how long that took.
    pub async fn until_followed(&mut self, patience: Duration) -> anyhow::Result<Duration> {
        let started = Instant::now();
        loop {
            let lag = self.lag().await?;
            if lag == Lag::default() {
                return Ok(started.elapsed());
            }
            ensure!(started.elapsed() < patience, "workers are still behind after {patience:?}: {lag:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Counts the points of two metric types that the server does not measure itself by, over the last 24 hours:
    /// half of all points that a workload sent.
    pub async fn half_of_points(&mut self) -> anyhow::Result<u64> {
        let chart = self.get("/api/metrics/chart?metric_type=PACKET_LOSS,BUFFER_RATIO&bucket=day").await?;
        chart["meta"]["total"].as_u64().context("the chart has no total")
    }
}

/// The stream of changes of `GET /api/live`.
#[derive(Debug)]
pub struct Live {
    stream: TcpStream,
    buffer: Vec<u8>,
    read: usize,
}

impl Live {
    /// Subscribes, and waits until the stream has begun.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // In HTTP/1.0 there are no chunks, so the events are the lines of the body as they are.
        stream.write_all(b"GET /api/live HTTP/1.0\r\nhost: localhost\r\n\r\n").await?;
        let mut live = Self { stream, buffer: Vec::new(), read: 0 };
        let status = live.line().await?;
        ensure!(status.contains(" 200 "), "GET /api/live: {status}");
        while live.line().await? != "event: hello" {}
        Ok(live)
    }

    /// Waits for the next change and returns it.
    pub async fn change(&mut self) -> anyhow::Result<Value> {
        while self.line().await? != "event: change" {}
        loop {
            if let Some(data) = self.line().await?.strip_prefix("data: ") {
                return serde_json::from_str(data).context("a change is no JSON");
            }
        }
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        loop {
            if let Some(length) = self.buffer[self.read..].iter().position(|byte| *byte == b'\n') {
                let line = &self.buffer[self.read..self.read + length];
                let line = String::from_utf8_lossy(line).trim_end().to_owned();
                self.read += length + 1;
                return Ok(line);
            }
            self.buffer.drain(..self.read);
            self.read = 0;
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the live stream ended");
        }
    }
}
