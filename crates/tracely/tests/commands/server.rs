//! The real server as a process of its own, and what happens when it starts and stops.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;
use tracely_store::Target;
use tracely_testkit::database::TestDatabase;

/// A server on a port of its own. Dropped, it is killed as if by `kill -9`.
pub struct Server {
    child: Child,
    pub url: String,
    http: reqwest::Client,
}

/// Where a server keeps its data; outlives the process.
pub struct Home {
    database: TestDatabase,
}

impl Home {
    pub async fn new() -> Self {
        Self { database: TestDatabase::empty().await }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.database.dir.path().join("data")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracely"));
        command.current_dir(self.database.dir.path()).env_clear().env("TRACELY_DATA_DIR", self.data_dir());
        command.env("TRACELY_SELF_MONITORING", "off").args(args).stdin(Stdio::null()).stdout(Stdio::null());
        if let Target::Postgres(url) = &self.database.target {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdout(Stdio::piped()).output().unwrap()
    }

    /// Starts a server and waits until it says where it listens.
    pub fn serve(&self) -> Server {
        let (server, lines) = self.serve_and_listen();
        // Whoever reads nobody's pipe any more stops the writer.
        std::thread::spawn(move || lines.for_each(drop));
        server
    }

    /// Starts a server, waits until it says where it listens, and returns what it says further.
    fn serve_and_listen(&self) -> (Server, Lines<BufReader<ChildStderr>>) {
        let http = http();
        let mut child = self.command(&["serve", "--port", "0"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut seen = Vec::new();
        let url = loop {
            let Some(Ok(line)) = lines.next() else { panic!("the server ended: {seen:#?}") };
            let message = serde_json::from_str::<Value>(&line).unwrap_or_default()["message"].to_string();
            if let Some(url) = message.trim_matches('"').strip_prefix("listening on ") {
                break url.to_owned();
            }
            seen.push(line);
        };
        (Server { child, url, http }, lines)
    }
}

impl Server {
    pub async fn get(&self, path: &str) -> Value {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap().json().await.unwrap()
    }

    /// Asks for something whose body is then read by and by.
    pub async fn open(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    /// Sends JSON and returns `data` of the answer; none when the server did not answer.
    pub async fn post(&self, path: &str, body: &Value) -> Option<Value> {
        let sent = self.http.post(format!("{}{path}", self.url));
        let sent =
            sent.header("content-type", "application/json").body(body.to_string()).send().await.ok()?;
        let good = sent.status().is_success();
        let answer: Value = sent.json().await.ok()?;
        assert!(good, "{answer:#}");
        Some(answer["data"].clone())
    }

    pub async fn make(&self, path: &str, body: Value) -> String {
        self.post(path, &body).await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Asks until the answer is as wanted; fails after many times.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..5_000 {
            last = self.get(path).await;
            if wanted(&last) {
                return last;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never became what was wanted: {last:#}");
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to stop and waits for it.
    pub fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// A client that speaks plain HTTP; the library wants to know who would do TLS all the same.
fn http() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::new()
}

fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}

#[tokio::test]
async fn a_second_process_is_refused_and_told_why() {
    let home = Home::new().await;
    let server = home.serve();
    let refused = home.run(&["serve", "--port", "0"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    let expected = format!("another Tracely process (id {}) uses the data directory", server.child.id());
    assert!(said.contains(&expected), "{said}");
    assert_eq!(server.get("/api/incidents").await["meta"]["total"], 0);
}

#[tokio::test]
async fn a_server_to_whose_log_nobody_listens_works_and_stops() {
    let home = Home::new().await;
    let (server, lines) = home.serve_and_listen();
    drop(lines);
    assert_eq!(server.get("/api/incidents").await["meta"]["total"], 0);
    let stopped = tokio::task::spawn_blocking(|| server.stop());
    let code = tokio::time::timeout(Duration::from_secs(30), stopped).await;
    assert_eq!(code.expect("it stops").unwrap(), Some(0));
}

#[tokio::test]
async fn a_stopped_server_ends_well_and_keeps_everything() {
    let home = Home::new().await;
    let server = home.serve();
    server.make("/api/services", json!({"name": "Superonline"})).await;
    let point = json!({"service": "superonline", "metric_type": "LATENCY_MS", "value": 12.5});
    server.post("/api/metrics", &point).await.unwrap();
    assert_eq!(server.stop(), Some(0));

    let server = home.serve();
    let points = server.get("/api/metrics").await;
    assert_eq!((&points["meta"]["total"], &points["data"][0]["value"]), (&json!(1), &json!(12.5)));
    let consumers = server.get("/api/system").await["data"]["consumers"].clone();
    assert_eq!(consumers[0]["lag"], 0, "the evaluator kept its position: {consumers}");
}

#[tokio::test]
async fn the_schema_is_migrated_by_hand_or_at_the_start() {
    let home = Home::new().await;
    let status = |home: &Home| String::from_utf8(home.run(&["migrate", "status"]).stdout).unwrap();
    let all = |state: &str| {
        let names = ["m0001_initial", "m0002_overviews", "m0003_saved_views", "m0004_effects"];
        names.map(|name| format!("{state}  {name}\n")).concat()
    };
    assert_eq!(status(&home), all("pending"));
    assert!(home.run(&["migrate", "up"]).status.success());
    assert_eq!(status(&home), all("applied"));
    assert!(home.run(&["migrate", "down"]).status.success());
    assert!(status(&home).ends_with("applied  m0003_saved_views\npending  m0004_effects\n"));
    assert!(home.run(&["migrate", "down", "--steps", "3"]).status.success());
    assert_eq!(status(&home), all("pending"));
    home.serve().stop();
    assert_eq!(status(&home), all("applied"));
    assert!(exists(&home.data_dir().join("segments")));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (home, other) = (Home::new().await, Home::new().await);
    let server = home.serve();
    let port = server.url.rsplit(':').next().unwrap();
    let refused = other.run(&["serve", "--port", port]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(&format!("PORT, HOST: cannot listen on 127.0.0.1:{port}")), "{said}");
}

#[tokio::test]
async fn a_fresh_server_watches_itself() {
    let home = Home::new().await;
    let mut command = home.command(&["serve", "--port", "0", "--self-monitoring", "on"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let listening = lines.find_map(|line| line.ok().filter(|line| line.contains("listening on"))).unwrap();
    let message: Value = serde_json::from_str(&listening).unwrap();
    let url = message["message"].as_str().unwrap().trim_start_matches("listening on ").to_owned();
    std::thread::spawn(move || lines.for_each(drop));
    let server = Server { child, url, http: http() };
    let found = |answer: &Value| answer["meta"]["total"] == 1;
    server.until("/api/services?search=tracely", found).await;
    server.until("/api/metrics/latest?service=tracely&metric_type=ERROR_RATE", found).await;
}
