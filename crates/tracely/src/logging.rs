//! The log of the process: text for a person at a terminal, one JSON object a line for everything else.

use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. With `debug`, Tracely's own steps are logged too.
pub fn start(debug: bool) {
    let level = if debug { "debug" } else { "info" };
    let filter = EnvFilter::new(format!(
        "warn,tracely={level},tracely_cli={level},tracely_server={level},tracely_store={level}"
    ));
    // When nobody reads the log any more, a line is lost. To say so on the same closed pipe would panic, and with it
    // whatever wrote the line, such as the stop of the server.
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false);
    if io::stderr().is_terminal() {
        builder.with_target(false).init();
    } else {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    }
}
