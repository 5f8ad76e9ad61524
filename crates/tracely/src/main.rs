//! The `tracely` binary: one process that serves everything, and the tools around it.

use std::process::ExitCode;

fn main() -> ExitCode {
    tracely_cli::main()
}
