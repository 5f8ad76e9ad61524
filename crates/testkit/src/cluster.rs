//! A `PostgreSQL` server of a test's own, to be stopped, killed, crowded and frozen.
//!
//! The programs are found where `scripts/with-postgres` finds them, which also installs them. The server runs as the
//! user `postgres` when the test runs as root, since it refuses to run as root.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// How many connections the server takes, those for administrators included.
const CONNECTIONS: usize = 30;
/// The user of the server under test, who is no administrator.
const USER: &str = "tracely";

/// A server that goes when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
}

/// Connections that somebody else has.
#[derive(Debug)]
pub struct Crowd {
    _connections: Vec<PgConnection>,
}

/// How to stop a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Connections are ended, data are written.
    Fast,
    /// As if by a crash: the next start recovers.
    Immediate,
}

impl Cluster {
    /// Makes a server with an empty database and starts it.
    pub async fn start() -> Self {
        Self::start_in(TempDir::new().expect("a temporary directory can be made")).await
    }

    /// Does the same in an empty directory, which may be a disk of its own.
    pub async fn start_in(directory: TempDir) -> Self {
        let cluster = Self { programs: programs(), directory, port: free_port() };
        if is_root() {
            let path = cluster.directory.path();
            run(Command::new("chown").arg("postgres").arg(path));
            run(Command::new("chmod").arg("0711").arg(path));
        }
        let data = cluster.data();
        let mut initdb = cluster.program("initdb");
        initdb.args([
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            // Small, so that a small disk has room for some.
            "--wal-segsize=1",
            "-D",
        ]);
        run(initdb.arg(data));
        cluster.up();
        let mut admin = cluster.admin().await;
        for statement in [format!("CREATE ROLE {USER} LOGIN"), format!("CREATE DATABASE {USER} OWNER {USER}")]
        {
            admin.execute(AssertSqlSafe(statement)).await.expect("an administrator may do that");
        }
        cluster
    }

    /// Returns the address of the database for the server under test.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{USER}", self.port)
    }

    /// Starts the server after it was stopped.
    pub fn up(&self) {
        self.start_data(&self.data(), self.port);
    }

    /// Starts the server if it has ended, as it may when its disk is full.
    pub fn up_again(&self) {
        if !self
            .control(&self.data())
            .arg("status")
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
        {
            self.up();
        }
    }

    fn start_data(&self, data: &Path, port: u16) {
        let socket = self.directory.path().display();
        // Nothing here survives the machine, so nothing has to be synced to the disk.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={socket} -c fsync=off \
             -c max_connections={CONNECTIONS} -c shared_buffers=32MB -c max_wal_size=32MB"
        );
        let log = data.with_extension("log");
        run(self.control(data).args(["-w", "-t", "60", "-o", &options, "-l"]).arg(log).arg("start"));
    }

    /// Makes a second server that has what this one has, for whose copy every commit waits from now on.
    pub async fn follow(&self) {
        let standby = self.standby();
        let mut backup = self.program("pg_basebackup");
        let port = self.port.to_string();
        backup.args([
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
            "-p",
            &port,
            "--checkpoint=fast",
            "--no-sync",
            "-R",
            "-D",
        ]);
        run(backup.arg(&standby));
        self.start_data(&standby, free_port());
        let mut admin = self.admin().await;
        for statement in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
            admin.execute(statement).await.expect("an administrator may do that");
        }
        let follows = "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')";
        let mut is_followed = false;
        while !is_followed {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let found = sqlx::query_scalar(follows).fetch_one(&mut admin).await;
            is_followed = found.expect("an administrator may ask that");
        }
    }

    /// Lets the server crash for good, and the second one, made by [`Cluster::follow`], take its place and address.
    pub fn fail_over(&self) {
        self.down(Stop::Immediate);
        let standby = self.standby();
        run(self.control(&standby).args(["-w", "promote"]));
        run(self.control(&standby).args(["-w", "-m", "fast", "stop"]));
        std::fs::rename(self.data(), self.directory.path().join("lost")).expect("the server has ended");
        std::fs::rename(&standby, self.data()).expect("the other one has ended");
        self.up();
    }

    /// Stops the server.
    pub fn down(&self, how: Stop) {
        let mode = if how == Stop::Fast { "fast" } else { "immediate" };
        run(self.control(&self.data()).args(["-w", "-m", mode, "stop"]));
    }

    /// Ends one session of the user as `kill -9` does; the server then ends all others and recovers.
    pub async fn kill_a_session(&self) {
        let mut admin = self.admin().await;
        let of_user = "SELECT pid FROM pg_stat_activity WHERE usename = $1 ORDER BY pid DESC LIMIT 1";
        let id: i32 =
            sqlx::query_scalar(of_user).bind(USER).fetch_one(&mut admin).await.expect("there is a session");
        run(Command::new("kill").args(["-KILL", &id.to_string()]));
    }

    /// Ends sessions of the user whose names are like a pattern, such as `%`; returns how many.
    pub async fn end_sessions(&self, names: &str) -> usize {
        end_sessions(&mut self.admin().await, names).await
    }

    /// Says whether the user has a session whose name is like a pattern.
    pub async fn has_session(&self, names: &str) -> bool {
        let statement =
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = $1 AND application_name LIKE $2)";
        let found =
            sqlx::query_scalar(statement).bind(USER).bind(names).fetch_one(&mut self.admin().await).await;
        found.expect("an administrator may ask that")
    }

    /// Takes every connection that the server has, those of the user included.
    pub async fn crowd(&self) -> Crowd {
        let mut connections = vec![self.admin().await];
        loop {
            while let Ok(connection) = PgConnection::connect(&self.admin_url()).await {
                connections.push(connection);
            }
            if end_sessions(&mut connections[0], "%").await == 0 && connections.len() == CONNECTIONS {
                return Crowd { _connections: connections };
            }
        }
    }

    /// Takes no writes from new transactions any more, or takes them again.
    pub async fn set_read_only(&self, is_read_only: bool) {
        let mut admin = self.admin().await;
        let value = if is_read_only { "on" } else { "off" };
        for statement in [
            "SET default_transaction_read_only = off",
            &format!("ALTER SYSTEM SET default_transaction_read_only = {value}"),
            "SELECT pg_reload_conf()",
        ] {
            admin.execute(AssertSqlSafe(statement)).await.expect("an administrator may do that");
        }
    }

    /// Freezes every process of the server, so that it is there and does not answer.
    pub fn freeze(&self) {
        signal_all(&self.data(), "STOP");
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        signal_all(&self.data(), "CONT");
    }

    /// Connects as an administrator.
    pub async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.admin_url()).await.expect("the server answers")
    }

    fn admin_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn control(&self, data: &Path) -> Command {
        let mut control = self.program("pg_ctl");
        control.arg("-D").arg(data);
        control
    }

    fn standby(&self) -> PathBuf {
        self.directory.path().join("standby")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.directory.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for data in [self.standby(), self.data()] {
            if data.join("postmaster.pid").exists() {
                signal_all(&data, "CONT");
                self.control(&data)
                    .args(["-w", "-m", "immediate", "stop"])
                    .stdout(Stdio::null())
                    .status()
                    .ok();
            }
        }
    }
}

/// Sends a signal to every process of a server.
fn signal_all(data: &Path, name: &str) {
    let file = std::fs::read_to_string(data.join("postmaster.pid")).expect("the server runs");
    let first = file.lines().next().expect("it names the process").to_owned();
    let children = Command::new("ps").args(["-o", "pid=", "--ppid", &first]).output();
    let children = String::from_utf8(children.expect("ps can be run").stdout).expect("ps writes numbers");
    for id in std::iter::once(first.as_str()).chain(children.split_whitespace()) {
        // A session may have ended in between.
        Command::new("kill")
            .args([&format!("-{name}"), id])
            .stderr(Stdio::null())
            .status()
            .expect("kill exists");
    }
}

async fn end_sessions(admin: &mut PgConnection, names: &str) -> usize {
    let statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE usename = $1 AND application_name LIKE $2";
    let ended = sqlx::query(statement).bind(USER).bind(names).fetch_all(admin).await;
    ended.expect("an administrator may do that").len()
}

/// Finds the newest installed version.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .filter(|(_, path)| path.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path).expect("PostgreSQL is installed in /usr/lib/postgresql")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it was bound").port()
}

fn is_root() -> bool {
    let owner = std::fs::metadata("/proc/self").map(|found| std::os::unix::fs::MetadataExt::uid(&found));
    owner.is_ok_and(|owner| owner == 0)
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::inherit()).stdin(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
}
