//! Fills a database with a million incidents, and measures how long lists of it take.
//!
//! `cargo run -p tracely-testkit --example large -- fill DATABASE [INCIDENTS [LIVE_STRIDE]]` and
//! `… -- measure DATABASE [REPEATS [PATH…]]`, where DATABASE is a file or a `postgres://` address.
#![expect(clippy::print_stdout, reason = "it measures and prints")]

use std::time::Instant;
use tracely_store::{Clock, Target};
use tracely_testkit::app::TestApp;
use tracely_testkit::database::{START, TestDatabase};
use tracely_testkit::large::{Size, fill};

/// What is asked for unless the command line says otherwise.
const PATHS: &str = include_str!("large/paths.txt");

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["fill", database, rest @ ..] => {
            let mut size = Size::million(START);
            if let Some(incidents) = rest.first() {
                size.incidents = incidents.parse().expect("a number of incidents");
            }
            if let Some(stride) = rest.get(1) {
                size.live_stride = stride.parse().expect("a stride");
            }
            let database = TestDatabase::at(target(database));
            let store = database.store_with(Clock::manual(START)).await;
            store.prepare().await.expect("the schema can be made");
            store.close().await;
            let begun = Instant::now();
            fill(&database.target, size).await;
            println!("filled in {:.1} s", begun.elapsed().as_secs_f64());
        }
        ["measure", database, rest @ ..] => {
            let repeats = rest.first().map_or(5, |text| text.parse().expect("a number of repeats"));
            let paths = match rest.get(1..) {
                Some(paths) if !paths.is_empty() => paths.to_vec(),
                _ => PATHS.lines().filter(|line| !line.is_empty()).collect(),
            };
            measure(TestDatabase::at(target(database)), repeats, &paths).await;
        }
        _ => panic!("fill DATABASE [INCIDENTS [LIVE_STRIDE]] or measure DATABASE [REPEATS [PATH…]]"),
    }
}

fn target(database: &str) -> Target {
    if database.starts_with("postgres") {
        Target::Postgres(database.into())
    } else {
        Target::Sqlite(database.into())
    }
}

/// Prints the least, the median and the greatest time of each path, in milliseconds.
async fn measure(database: TestDatabase, repeats: usize, paths: &[&str]) {
    let begun = Instant::now();
    let app = TestApp::on(database).await;
    app.settle().await;
    println!("started in {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    for path in paths {
        let mut times = Vec::new();
        let mut status = 0;
        for _ in 0..=repeats {
            let begun = Instant::now();
            status = app.get(path).await.status.as_u16();
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        // The first one finds the pages cold.
        let cold = times.remove(0);
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        println!(
            "{status} {median:8.1} ({:.1}-{:.1}, first {cold:.1}) {path}",
            times[0],
            times[times.len() - 1]
        );
    }
}
