//! A search cluster for tests: a real one, whose address is in `TRACELY_TEST_ELASTICSEARCH`, as
//! `scripts/with-opensearch` gives it; a way to it that can be shut; and a node of a test's own, to be killed.
//!
//! `TRACELY_TEST_ANALYTICS=cluster` makes every `TestApp` ask the cluster instead of the embedded engine.

use crate::process::Client;
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use tracely_analytics::elastic::ElasticConfig;

/// Returns settings for indices of a test's own; none, and a loud word, when no cluster is named. In continuous
/// integration there must be one.
pub fn cluster(prefix: &str) -> Option<ElasticConfig> {
    let address = given("TRACELY_TEST_ELASTICSEARCH")?;
    // Both databases may use one cluster at a time.
    let prefix = format!("{prefix}-{}", std::process::id());
    Some(ElasticConfig { prefix, ..ElasticConfig::new(address) })
}

/// Returns settings for the indices of an application with a directory of its own, when `TRACELY_TEST_ANALYTICS` is
/// `cluster`: then every test of the application asks the cluster. None otherwise.
#[expect(clippy::disallowed_methods, reason = "the tests are configured by the environment")]
pub fn for_every_test(directory: &Path) -> Option<ElasticConfig> {
    match std::env::var("TRACELY_TEST_ANALYTICS").as_deref() {
        Ok("cluster") => {
            // The same after a restart, and another one for every directory, whatever its letters' case.
            let name =
                directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let name: Vec<String> = name.bytes().map(|byte| format!("{byte:x}")).collect();
            cluster(&name.concat())
        }
        _ => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests are configured by the environment")]
#[expect(clippy::print_stderr, reason = "says what the test lacks")]
fn given(name: &str) -> Option<String> {
    let given = std::env::var(name).ok();
    if given.is_none() {
        assert!(std::env::var("CI").is_err(), "{name} is not set");
        eprintln!("not run: needs a search cluster; start the tests with scripts/with-opensearch");
    }
    given
}

/// A node of a test's own; killed when it is dropped.
#[derive(Debug)]
pub struct Node {
    program: Vec<String>,
    directory: TempDir,
    port: u16,
    running: Option<Child>,
}

impl Node {
    /// Starts a node with an empty directory and waits until it answers; none, and a loud word, when
    /// `TRACELY_TEST_SEARCH_NODE` does not say how.
    pub async fn start() -> Option<Self> {
        let program = given("TRACELY_TEST_SEARCH_NODE")?.split(' ').map(str::to_owned).collect();
        let directory = TempDir::new().expect("a temporary directory can be made");
        let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
        // Another process that looks at the same time begins elsewhere.
        let first = (std::process::id() % 90) as u16;
        let port = (0..90).map(|next| 9_210 + (first + next) % 90).find(is_free).expect("a port is free");
        let mut node = Self { program, directory, port, running: None };
        node.start_again().await;
        Some(node)
    }

    /// Returns its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It may have ended by itself.
            drop(running.kill());
            drop(running.wait());
        }
    }

    /// Starts it again on what is in its directory, and waits until it answers.
    pub async fn start_again(&mut self) {
        let home: PathBuf = self.directory.path().join("home");
        let log = std::fs::File::create(self.directory.path().join("log")).expect("a file can be made");
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).arg(home).arg(self.port.to_string()).stdin(Stdio::null());
        command.stderr(log.try_clone().expect("a file can be shared")).stdout(log);
        let mut running = command.spawn().expect("a node can be started");
        let client = Client::new(self.url());
        loop {
            let health = client.try_get("/_cluster/health?wait_for_status=yellow&timeout=10s").await;
            if health.is_ok_and(|health| health.is_good()) {
                break;
            }
            let ended = running.try_wait().expect("the node is ours");
            assert!(ended.is_none(), "the node ended: {ended:?}");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        self.running = Some(running);
        make_indices_whatever_is_free(&client).await;
    }
}

/// A node makes no index when less than a tenth of the disk is free, which is no matter of the tests.
async fn make_indices_whatever_is_free(client: &Client) {
    let set = async |name: &str, value: Value| {
        let settings = json!({"persistent": {name: value}});
        client.send(Method::PUT, "/_cluster/settings", &[], &settings).await.expect("the node answers")
    };
    let minds = "cluster.routing.allocation.disk.threshold_enabled";
    set(minds, json!(false)).await.good("set what the node minds of the disk");
    // What it forbade before it was told. Elasticsearch knows no such thing, and says so.
    drop(set("cluster.blocks.create_index", Value::Null).await);
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A way to a server over the loopback address, open at first.
#[derive(Debug)]
pub struct Gate {
    target: String,
    address: SocketAddr,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

impl Gate {
    /// Makes a way to a server, given as `http://host:port`.
    pub async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens somewhere");
        let target = url.trim_start_matches("http://").to_owned();
        let keeper = tokio::spawn(keep(listener, target.clone()));
        Self { target, address, keeper: Mutex::new(Some(keeper)) }
    }

    /// Returns the address of this side.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks all connections off and refuses new ones.
    pub async fn shut(&self) {
        if let Some(keeper) = self.keeper.lock().await.take() {
            keeper.abort();
            // Cancelled, as it was told.
            drop(keeper.await);
        }
    }

    /// Lets connections through again.
    pub async fn open(&self) {
        let mut keeper = self.keeper.lock().await;
        if keeper.is_none() {
            let listener = TcpListener::bind(self.address).await.expect("the port is still ours");
            *keeper = Some(tokio::spawn(keep(listener, self.target.clone())));
        }
    }
}

/// Takes connections and carries bytes both ways until it is dropped, with all its connections.
async fn keep(listener: TcpListener, target: String) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let target = target.clone();
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(target).await {
                // Either side may break off at any time.
                drop(copy_bidirectional(&mut near, &mut far).await);
            }
        });
    }
}
