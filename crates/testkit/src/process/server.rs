//! One running server.

use super::client::Client;
use crate::patience::is_soon;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// How many of the newest lines of the process's log are kept for whoever asks why something failed.
const KEPT_LINES: usize = 200;

/// A server that was started and has not yet said where it listens. Dropped, it is killed as if by `kill -9`.
#[derive(Debug)]
pub struct Starting {
    process: Process,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Starting {
    /// Starts a command that serves.
    pub(super) fn spawn(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the server can be started");
        let lines = BufReader::new(child.stderr.take().expect("it was piped")).lines();
        Self { process: Process(child), lines }
    }

    /// Waits until it says where it listens; returns what it said when it ended instead.
    pub fn listening(self) -> Result<Server, Vec<String>> {
        let (server, lines) = self.heard()?;
        let said = server.said.clone();
        // Whoever reads nobody's pipe any more stops the writer.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                if said.len() == KEPT_LINES {
                    said.pop_front();
                }
                said.push_back(line);
            }
        });
        Ok(server)
    }

    /// Waits until it says where it listens, and returns what it says further, which the caller has to read.
    pub fn heard(mut self) -> Result<(Server, Lines<BufReader<ChildStderr>>), Vec<String>> {
        let mut said = Vec::new();
        let url = loop {
            let Some(Ok(line)) = self.lines.next() else { return Err(said) };
            if let Some(url) = listening_on(&line) {
                break url;
            }
            said.push(line);
        };
        let said = Arc::new(Mutex::new(said.into()));
        Ok((Server { process: self.process, client: Client::new(url), said }, self.lines))
    }

    /// Ends it as `kill -9` does.
    pub fn kill(self) {
        self.process.kill();
    }

    /// Returns the id of the process.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }
}

/// A server that listens. Dropped, it is killed as if by `kill -9`.
#[derive(Debug)]
pub struct Server {
    process: Process,
    client: Client,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Server {
    /// Returns a client of it; a clone outlives the process and then gets no answers.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns its address, without a slash at the end.
    pub fn url(&self) -> &str {
        self.client.url()
    }

    /// Returns the id of the process.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Returns how much memory of it is resident, in bytes; none when it has ended or the system does not say.
    pub fn resident_bytes(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
    }

    /// Returns the newest lines of its log, oldest first.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits until its log says something, which may still be in the pipe when it has ended; returns the newest lines.
    pub async fn until_said(&self, text: &str) -> String {
        let told = is_soon(async || self.said().iter().any(|line| line.contains(text))).await;
        let said = self.said().join("\n");
        assert!(told, "it did not say {text:?}: {said}");
        said
    }

    /// Waits until it has ended; returns its exit code, or none when a signal ended it.
    pub async fn until_ended(&mut self) -> Option<i32> {
        let mut status = None;
        let ended = is_soon(async || {
            status = self.ended();
            status.is_some()
        })
        .await;
        assert!(ended, "the server never ended: {:#?}", self.said());
        status?.code()
    }

    /// Returns how it ended; none while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.0.try_wait().expect("the process is ours")
    }

    /// Ends it as `kill -9` does, and returns when it has gone.
    pub fn kill(self) {
        self.process.kill();
    }

    /// Asks it to stop and waits for it; returns its exit code, or none when a signal ended it.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.process.0.wait().expect("the process is ours").code()
    }

    /// Sends a signal by its name, such as `STOP`; nothing when it has ended.
    pub fn signal(&mut self, name: &str) {
        if self.ended().is_none() {
            let id = self.id().to_string();
            let sent = Command::new("kill").args([&format!("-{name}"), &id]).status();
            assert!(sent.is_ok_and(|status| status.success()), "signal {name} can be sent");
        }
    }
}

/// A child that does not outlive its owner.
#[derive(Debug)]
struct Process(Child);

impl Process {
    fn kill(mut self) {
        self.0.kill().expect("the process is ours");
        self.0.wait().expect("the process is ours");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }
}

/// Reads the address out of a line of the log.
fn listening_on(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(line["message"].as_str()?.strip_prefix("listening on ")?.to_owned())
}
