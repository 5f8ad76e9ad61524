//! The environment: the process's variables over those of a `.env` file in the working directory.
//!
//! What is secret may be in a file of its own, as containers have it: `DATABASE_URL_FILE` names a file with what
//! `DATABASE_URL` would be.

use crate::config::ConfigError;
use std::collections::HashMap;
use std::io;

/// The variables whose value may be in a file that the variable with `_FILE` behind its name names.
const SECRETS: [&str; 5] =
    ["DATABASE_URL", "ELASTICSEARCH_URL", "ELASTICSEARCH_PASSWORD", "ELASTICSEARCH_API_KEY", "TRACELY_TOKEN"];

/// The variables that a command may read.
#[derive(Default)]
pub struct Environment {
    file: HashMap<String, String>,
}

impl Environment {
    /// Reads `.env` in the working directory, if there is one. Parent directories are not searched, so that a file
    /// that belongs to something else is never picked up.
    pub fn read() -> Result<Self, ConfigError> {
        let environment = match std::fs::read_to_string(".env") {
            Ok(text) => Self::of_file(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(ConfigError::File(error.to_string())),
        };
        environment.with_secrets()
    }

    /// Adds the secrets that are in files of their own.
    fn with_secrets(mut self) -> Result<Self, ConfigError> {
        for name in SECRETS {
            let variable = format!("{name}_FILE");
            let Some(path) = self.get(&variable) else { continue };
            let wrong = |problem: String| ConfigError::Secret { variable: variable.clone(), problem };
            if self.get(name).is_some() {
                return Err(wrong(format!("{name} is set too; only one of them may be")));
            }
            let value = std::fs::read_to_string(&path)
                .map_err(|error| wrong(format!("{path} cannot be read: {error}")))?;
            let value = value.trim();
            if value.is_empty() {
                return Err(wrong(format!("{path} has nothing in it")));
            }
            self.file.insert(name.to_owned(), value.to_owned());
        }
        Ok(self)
    }

    fn of_file(text: &str) -> Result<Self, ConfigError> {
        let mut file = HashMap::new();
        let mut last = None;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for entry in dotenvy::from_read_iter(text.as_bytes()) {
            // The parser's own message quotes the line, which may hold a password.
            let (name, value) = entry.map_err(|_| ConfigError::File(not_an_entry(last.as_deref())))?;
            last = Some(name.clone());
            file.insert(name, value);
        }
        Ok(Self { file })
    }

    /// Returns the value of a variable; that of the process wins over that of the file. A variable that is set to
    /// nothing counts as not set, since that is what container files make of a variable that is absent.
    pub fn get(&self, name: &str) -> Option<String> {
        let is_set = |value: &String| !value.trim().is_empty();
        of_process(name).filter(is_set).or_else(|| self.file.get(name).cloned().filter(is_set))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn not_an_entry(last: Option<&str>) -> String {
    let place = last.map_or("the first entry".to_string(), |name| format!("the entry after {name}"));
    format!("{place} is not NAME=value (quote a value that has spaces)")
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn a_file_may_have_comments_quotes_and_a_byte_order_mark() {
        let text = "\u{feff}# server\nA_PORT=9000 # free\n\nA_NAME=\"two words\"\nA_NOTHING=\n";
        let environment = Environment::of_file(text).unwrap();
        assert_eq!(environment.get("A_PORT").as_deref(), Some("9000"));
        assert_eq!(environment.get("A_NAME").as_deref(), Some("two words"));
        assert_eq!(environment.get("A_NOTHING"), None);
    }

    #[test]
    fn a_secret_may_be_in_a_file_of_its_own() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |lines: &str| {
            let path = file.path().display();
            Environment::of_file(&lines.replace("PATH", &path.to_string())).unwrap().with_secrets()
        };
        let error = read("TRACELY_TOKEN_FILE=PATH").err().unwrap().to_string();
        assert!(error.contains("TRACELY_TOKEN_FILE") && error.contains("nothing in it"), "{error}");
        std::fs::write(file.path(), "s3cret\n").unwrap();
        let environment = read("TRACELY_TOKEN_FILE=PATH").unwrap();
        assert_eq!(environment.get("TRACELY_TOKEN").as_deref(), Some("s3cret"));
        let error = read("TRACELY_TOKEN=other\nTRACELY_TOKEN_FILE=PATH").err().unwrap().to_string();
        assert!(error.contains("only one of them"), "{error}");
        assert!(!error.contains("other") && !error.contains("s3cret"), "{error}");
        let error = read("TRACELY_TOKEN_FILE=PATH/none").err().unwrap().to_string();
        assert!(error.contains("cannot be read"), "{error}");
    }

    #[test]
    fn the_process_wins_over_the_file() {
        let environment = Environment::of_file("CARGO_PKG_NAME=other\n").unwrap();
        assert_eq!(environment.get("CARGO_PKG_NAME").as_deref(), Some("tracely"));
    }

    #[test]
    fn a_wrong_line_is_named_by_its_place_and_never_quoted() {
        let error = Environment::of_file("PORT=1\nsecret pass word\n").err().unwrap().to_string();
        assert!(error.contains("the entry after PORT"), "{error}");
        assert!(!error.contains("pass"), "{error}");
    }
}
