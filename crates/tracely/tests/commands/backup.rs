//! `tracely backup` and `tracely restore` as they are typed.

use crate::server::TRACELY;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tracely_testkit::database::execute;
use tracely_testkit::process::{Home, Server};

/// A home with a few points in the log and in segments, its server stopped.
async fn filled() -> Home {
    let home = Home::new(TRACELY).await.with("TRACELY_FLUSH_EVERY", "100ms");
    let server = home.serve();
    server.client().make("/api/services", json!({"name": "TV"})).await;
    for number in 0..5 {
        let instant = format!("2024-01-1{number}T10:30:00Z");
        let point =
            json!({"service": "tv", "metric_type": "LATENCY_MS", "value": number, "recorded_at": instant});
        server.client().post("/api/metrics", &point).await;
    }
    let flushed = |answer: &Value| answer["data"]["analytics"]["segment_points"] == 5;
    server.client().until("/api/system", flushed).await;
    assert_eq!(server.stop(), Some(0));
    home
}

async fn points(server: &Server) -> Value {
    server.client().get("/api/metrics?service=tv&sort_dir=asc").await["data"].take()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    said(output)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Names what is in a directory.
fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn segments(home: &Home) -> Vec<PathBuf> {
    let directory = home.data_dir().join("segments");
    names(&directory).iter().map(|name| directory.join(name)).collect()
}

#[tokio::test]
async fn a_backup_is_taken_checked_and_restored() {
    let home = filled().await;
    let file = home.directory().join("b.tar");
    let kind = if home.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let told = good(&home.run(&["backup", text(&file)]));
    assert!(told.starts_with(&format!("backed up {kind} at position ")), "{told}");
    assert!(told.contains(", 5 segments, "), "{told}");
    assert_eq!(names(&home.data_dir().join("segments")).len(), 5, "nothing is left beside the segments");
    let told = good(&home.run(&["restore", "--check", text(&file)]));
    assert!(told.contains("b.tar is whole") && told.contains("5 segments"), "{told}");

    // Only into an empty place.
    let told = refused(&home.run(&["restore", text(&file)]));
    assert!(told.contains("is not empty"), "{told}");
    let other = Home::new(TRACELY).await;
    good(&other.run(&["restore", text(&file)]));
    let (here, there) = (home.serve(), other.serve());
    assert_eq!(points(&there).await, points(&here).await);
    assert_eq!(points(&there).await.as_array().unwrap().len(), 5);
    drop(here);
    // Nor beside a server.
    let told = refused(&other.run(&["restore", text(&file)]));
    assert!(told.contains("another Tracely process"), "{told}");
}

#[tokio::test]
async fn a_file_is_replaced_only_by_force() {
    let home = filled().await;
    let file = home.directory().join("b.tar");
    fs::write(&file, "precious").unwrap();
    let told = refused(&home.run(&["backup", text(&file)]));
    assert!(told.contains("is already there") && told.contains("--force"), "{told}");
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    good(&home.run(&["backup", "--force", text(&file)]));
    good(&home.run(&["restore", "--check", text(&file)]));
    let kept: Vec<String> =
        names(home.directory()).into_iter().filter(|name| name.contains("b.tar")).collect();
    assert_eq!(kept, ["b.tar"]);
}

#[tokio::test]
async fn a_backup_goes_through_pipes() {
    let home = filled().await;
    let piped = home.run(&["backup", "-"]);
    good(&piped);
    let other = Home::new(TRACELY).await;
    for args in [["restore", "--check", "-"].as_slice(), ["restore", "-"].as_slice()] {
        let mut command = other.command(args);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&piped.stdout).unwrap();
        let told = good(&child.wait_with_output().unwrap());
        assert!(told.contains("standard input"), "{told}");
    }
    assert!(!names(&other.data_dir()).contains(&"restore.spool".to_owned()));
    assert_eq!(points(&other.serve()).await, points(&home.serve()).await);
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_written() {
    let home = filled().await;
    let file = home.directory().join("b.tar");
    good(&home.run(&["backup", text(&file)]));
    let whole = fs::read(&file).unwrap();
    let other = Home::new(TRACELY).await;

    let points = whole.windows(4).position(|bytes| bytes == b"PAR1").unwrap();
    let mut damaged = whole.clone();
    damaged[points + 20] ^= 1;
    for (content, wanted) in
        [(&damaged[..], "segments/"), (&whole[..points], "cut off"), (b"", "not a backup")]
    {
        fs::write(&file, content).unwrap();
        for args in [["restore", "--check", text(&file)].as_slice(), ["restore", text(&file)].as_slice()] {
            let told = refused(&other.run(args));
            assert!(told.contains("b.tar") && told.contains(wanted), "{told}");
        }
    }
    assert_eq!(names(&other.data_dir()), ["tracely.lock"]);
    // The place is as good as before.
    fs::write(&file, whole).unwrap();
    good(&other.run(&["restore", text(&file)]));
}

/// Makes a home whose restore has put all rows into the database, and some of the segments into the directory.
async fn half_restored(file: &Path) -> Home {
    let home = Home::new(TRACELY).await;
    good(&home.run(&["restore", text(file)]));
    fs::remove_file(segments(&home).pop().unwrap()).unwrap();
    fs::write(home.data_dir().join("restore.unfinished"), "7").unwrap();
    execute(home.target(), "INSERT INTO counter (name, value) VALUES ('restore.unfinished', 7)").await;
    home
}

fn is_refused(home: &Home, commands: &[&[&str]]) {
    for args in commands {
        let told = refused(&home.run(args));
        assert!(told.contains("was not finished"), "{args:?}: {told}");
    }
}

const SERVE: [&str; 3] = ["serve", "--port", "0"];

#[tokio::test]
async fn a_restore_that_was_cut_off_is_begun_anew_and_serves_nobody_before() {
    let home = filled().await;
    let file = home.directory().join("b.tar");
    good(&home.run(&["backup", text(&file)]));
    let other = half_restored(&file).await;
    is_refused(&other, &[&SERVE, &["migrate", "up"], &["verify"]]);
    good(&other.run(&["restore", text(&file)]));
    assert_eq!(segments(&other).len(), 5);
    good(&other.run(&["verify"]));
    assert_eq!(points(&other.serve()).await, points(&home.serve()).await);
}

#[tokio::test]
async fn a_restore_of_an_older_backup_that_was_cut_off_is_begun_anew() {
    let home = Home::new(TRACELY).await;
    let old = home.directory().join("old.tar");
    good(&home.run(&["migrate", "up", "--steps", "1"]));
    good(&home.run(&["backup", text(&old)]));
    let filled = filled().await;
    let new = home.directory().join("new.tar");
    good(&filled.run(&["backup", text(&new)]));
    let other = half_restored(&new).await;
    good(&other.run(&["restore", text(&old)]));
    assert_eq!(segments(&other).len(), 0);
    good(&other.run(&["verify"]));
}

/// The database knows it by itself: another data directory may be used with it, or the first one be deleted.
#[tokio::test]
async fn a_database_with_half_a_backup_is_refused_whatever_the_directory_says() {
    let home = filled().await;
    let file = home.directory().join("b.tar");
    good(&home.run(&["backup", text(&file)]));
    let other = half_restored(&file).await;
    let (mark, finished) =
        (other.data_dir().join("restore.unfinished"), other.data_dir().join("restore.finished"));
    fs::remove_file(&mark).unwrap();
    is_refused(&other, &[&SERVE, &["verify"], &["backup", "-"]]);
    let told = refused(&other.run(&["restore", text(&file)]));
    assert!(told.contains("is not empty"), "the segments may be those of another database: {told}");
    // Cut off when all was in place, before the database said so.
    fs::write(&finished, "7").unwrap();
    execute(
        other.target(),
        "INSERT INTO counter (name, value) VALUES ('restore.unfinished', 7) ON CONFLICT DO NOTHING",
    )
    .await;
    is_refused(&other, &[&SERVE]);
    good(&other.run(&["restore", text(&file)]));
    assert_eq!(segments(&other).len(), 5);
    assert!(!finished.exists() && !mark.exists());
    assert_eq!(points(&other.serve()).await, points(&home.serve()).await);
}

#[tokio::test]
async fn a_restore_that_was_cut_off_at_its_very_end_was_finished() {
    let home = filled().await;
    let file = home.directory().join("b.tar");
    good(&home.run(&["backup", text(&file)]));
    let other = Home::new(TRACELY).await;
    good(&other.run(&["restore", text(&file)]));
    let finished = other.data_dir().join("restore.finished");
    fs::write(&finished, "7").unwrap();
    let told = refused(&other.run(&["restore", text(&file)]));
    assert!(told.contains("was finished"), "{told}");
    assert_eq!(points(&other.serve()).await, points(&home.serve()).await);
    assert!(!finished.exists());
}

#[tokio::test]
async fn a_restore_that_was_cut_off_takes_no_other_database() {
    let home = filled().await;
    let file = home.directory().join("b.tar");
    good(&home.run(&["backup", text(&file)]));
    fs::write(home.data_dir().join("restore.unfinished"), "7").unwrap();
    let told = refused(&home.run(&["restore", text(&file)]));
    assert!(told.contains("the database is not empty"), "{told}");
    fs::remove_file(home.data_dir().join("restore.unfinished")).unwrap();
    assert_eq!(points(&home.serve()).await.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_lost_segment_is_named_and_written_again_where_the_log_is_restored() {
    let home = filled().await;
    let whole = points(&home.serve()).await;
    let file = home.directory().join("b.tar");
    let lost = segments(&home).pop().unwrap();
    fs::remove_file(&lost).unwrap();
    let name = lost.file_name().unwrap().to_str().unwrap();
    let told = good(&home.run(&["backup", text(&file)]));
    assert!(told.contains(&format!("segment {name} is missing")), "{told}");
    let other = Home::new(TRACELY).await;
    let told = good(&other.run(&["restore", text(&file)]));
    assert!(told.contains(name), "{told}");
    let server = other.serve();
    let is_whole = |answer: &Value| answer["data"]["analytics"]["segment_points"] == 5;
    server.client().until("/api/system", is_whole).await;
    assert_eq!(points(&server).await, whole);
    assert!(!segments(&other).iter().any(|file| file.ends_with(name)), "it is another file");

    for left in segments(&home) {
        fs::remove_file(left).unwrap();
    }
    let told = refused(&home.run(&["backup", "--force", text(&file)]));
    assert!(told.contains("that of another database"), "{told}");
    good(&home.run(&["restore", "--check", text(&file)]));
}

#[tokio::test]
async fn a_backup_of_an_older_version_is_brought_up_to_date_and_of_a_newer_one_refused() {
    let home = Home::new(TRACELY).await;
    let file = home.directory().join("b.tar");
    good(&home.run(&["migrate", "up", "--steps", "1"]));
    good(&home.run(&["backup", text(&file)]));
    let other = Home::new(TRACELY).await;
    good(&other.run(&["restore", text(&file)]));
    let status = String::from_utf8(other.run(&["migrate", "status"]).stdout).unwrap();
    assert!(!status.contains("pending"), "{status}");

    let content = fs::read(&file).unwrap();
    let name = content.windows(13).position(|bytes| bytes == b"m0001_initial").unwrap();
    let mut newer = content;
    newer[name..name + 13].copy_from_slice(b"m9999_unknown");
    fs::write(&file, newer).unwrap();
    let told = refused(&home.run(&["restore", "--check", text(&file)]));
    assert!(told.contains("newer version") && told.contains("m9999_unknown"), "{told}");
}

#[tokio::test]
async fn there_must_be_something_to_back_up() {
    let home = Home::new(TRACELY).await;
    let file = home.directory().join("b.tar");
    let told = refused(&home.run(&["backup", text(&file)]));
    assert!(told.contains("there is no data directory"), "{told}");
    fs::create_dir(home.data_dir()).unwrap();
    let told = refused(&home.run(&["backup", text(&file)]));
    assert!(told.contains("there is no database at"), "{told}");
    assert!(!file.exists() && !home.data_dir().join("tracely.db").exists());
}
