use clap::CommandFactory;
use std::process::{Command, Output};
use tempfile::TempDir;
use tracely_cli::cli::Cli;

/// Runs the binary in an empty directory, with a `.env` file of this content and no other variables.
fn run(env_file: &str, variables: &[(&str, &str)], args: &[&str]) -> Output {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join(".env"), env_file).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracely"));
    command.current_dir(directory.path()).env_clear().envs(variables.iter().copied()).args(args);
    command.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn a_wrong_variable_is_one_line_and_exit_code_2() {
    let output = run("PORT=nonsense\n", &[], &["serve"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "tracely: PORT = \"nonsense\": must be a port from 0 to 65535, where 0 picks a free one\n"
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let output = run("TRACELY_AUTH=off\n", &[("TRACELY_AUTH", "on")], &["serve"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("sign-in is not available"));
}

#[test]
fn a_password_in_a_wrong_database_address_is_not_printed() {
    let output = run("DATABASE_URL=mysql://me:hunter2@db/x\n", &[], &["migrate", "status"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("tracely: DATABASE_URL: must be postgres://"));
    assert!(!stderr(&output).contains("hunter2"));
}

#[test]
fn a_server_that_does_not_answer_is_exit_code_1_and_one_line() {
    let output = run("", &[], &["seed", "--url", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.starts_with("tracely: no Tracely server answers at http://127.0.0.1:1"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn version_and_completions_are_printed() {
    let version = format!("tracely {}\n", env!("CARGO_PKG_VERSION")).into_bytes();
    assert_eq!(run("", &[], &["version"]).stdout, version);
    assert_eq!(run("", &[], &["--version"]).stdout, version);
    for shell in ["bash", "zsh", "fish"] {
        assert!(!run("", &[], &["completions", shell]).stdout.is_empty(), "{shell}");
    }
}

#[test]
fn no_command_is_exit_code_2_and_shows_the_first_steps() {
    let output = run("", &[], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("tracely seed --services 8 --points 500"));
}
