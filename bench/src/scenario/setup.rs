//! What several scenarios begin with.

use crate::api::{Api, Lag};
use crate::bench::{Bench, Circumstances};
use crate::home::{Database, Durability, Home, Running};
use crate::population::Population;
use crate::process;
use crate::workload::{Template, Workload};
use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tracely_store::Clock;

/// How long workers may take to follow when a load has ended.
pub const PATIENCE: Duration = Duration::from_mins(10);
/// How often the workers' lag is asked for while a load is under way.
const LAG_EVERY: Duration = Duration::from_millis(500);

/// A fresh server with services and rules.
#[derive(Debug)]
pub struct Prepared {
    /// Its data.
    pub home: Home,
    /// Its process.
    pub server: Running,
    /// What was made.
    pub population: Population,
    /// The disk and the machine before it began.
    pub circumstances: Circumstances,
}

impl Prepared {
    /// Starts a server on fresh data and makes services and rules.
    pub async fn fresh(
        bench: &Bench,
        database: Database,
        durability: Durability,
        (services, rules): (usize, usize),
    ) -> anyhow::Result<Self> {
        let home = Home::fresh(bench, database, durability).await?;
        let circumstances = Circumstances::of(home.directory())?;
        let server = home.serve()?;
        let population = Population::create(server.address, services).await?;
        population.add_rules(server.address, rules).await?;
        Ok(Self { home, server, population, circumstances })
    }

    /// Stops the server and removes everything.
    pub async fn remove(self) -> anyhow::Result<()> {
        self.server.kill();
        self.home.remove().await
    }
}

/// Makes the usual workload and its requests.
pub fn workload(bench: &Bench) -> (Workload, Vec<Template>) {
    let scale = &bench.scale;
    let workload =
        Workload { services: scale.services, hosts: 1, points_per_request: scale.points_per_request };
    let templates = workload.templates(scale.rounds);
    (workload, templates)
}

/// Writes the requests of these templates in turn, with the instant at which they are sent.
pub fn in_turn(templates: &[Template]) -> impl FnMut(u64, &mut Vec<u8>) -> usize {
    |number, buffer| {
        let place = (number % templates.len() as u64) as usize;
        templates[place].fill(Clock::System.now(), buffer)
    }
}

/// Does something, and says how far the workers were behind at most meanwhile.
pub async fn watching_lag<T>(
    address: SocketAddr,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(T, Lag)> {
    let most = Cell::new(Lag::default());
    let watch = async {
        let mut api = Api::open(address).await?;
        loop {
            tokio::time::sleep(LAG_EVERY).await;
            most.set(most.get().max(api.lag().await?));
        }
    };
    let watch: std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>>>> = Box::pin(watch);
    tokio::select! {
        done = work => Ok((done?, most.get())),
        stopped = watch => Err(stopped.expect_err("watching never ends by itself")),
    }
}

/// CPU time of server and client over a stretch of time.
#[derive(Debug)]
pub struct Cpu {
    server: u32,
    server_before: Duration,
    client_before: Duration,
    since: Instant,
}

impl Cpu {
    /// Begins to count.
    pub fn start(server: &Running) -> anyhow::Result<Self> {
        let (server_before, client_before) = (process::cpu_time(server.id())?, process::own_cpu_time()?);
        Ok(Self { server: server.id(), server_before, client_before, since: Instant::now() })
    }

    /// Returns how many cores the server and the client used since.
    pub fn cores(&self) -> anyhow::Result<(f64, f64)> {
        let elapsed = self.since.elapsed().as_secs_f64();
        let client = process::own_cpu_time()?.saturating_sub(self.client_before);
        Ok((self.server()?.as_secs_f64() / elapsed, client.as_secs_f64() / elapsed))
    }

    /// Returns the CPU time of the server since.
    pub fn server(&self) -> anyhow::Result<Duration> {
        Ok(process::cpu_time(self.server)?.saturating_sub(self.server_before))
    }
}
