//! What the commands print: results to standard output, everything else to standard error.

use std::io::{self, Write};

/// Prints a line of the result.
pub fn line(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// Prints a result as it is.
pub fn raw(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Tells something to the person at the terminal. Nothing is lost when nobody can read it.
#[expect(clippy::let_underscore_must_use, reason = "there is no place left to report it")]
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
