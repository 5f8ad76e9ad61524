//! What is wrong with a configuration, in one line.

/// Says why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A value that is not allowed.
    #[error("{}{}: {problem}", source_of(.variable, *.flag), shown(.value.as_deref()))]
    Value {
        /// The environment variable.
        variable: &'static str,
        /// The flag, if the value came from it.
        flag: Option<&'static str>,
        /// The value; none when it may be a secret.
        value: Option<String>,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// A file with a secret that cannot be used.
    #[error("{variable}: {problem}")]
    Secret {
        /// The environment variable that names the file.
        variable: String,
        /// What is wrong.
        problem: String,
    },
    /// The `.env` file cannot be read.
    #[error("cannot read .env: {0}")]
    File(String),
}

fn source_of(variable: &str, flag: Option<&str>) -> String {
    flag.map_or_else(|| variable.to_string(), |flag| format!("{flag} ({variable})"))
}

fn shown(value: Option<&str>) -> String {
    const LONGEST: usize = 60;
    let Some(value) = value else { return String::new() };
    let short: String = value.chars().take(LONGEST).collect();
    let more = if short.len() < value.len() { "…" } else { "" };
    format!(" = {short:?}{more}")
}
