//! One setting: a flag, a variable, and how its text becomes a value.

use super::error::ConfigError;

/// The names of a setting.
pub(super) struct Setting {
    variable: &'static str,
    flag: &'static str,
    is_secret: bool,
}

impl Setting {
    /// Names a setting whose value may be shown.
    pub(super) fn new(variable: &'static str, flag: &'static str) -> Self {
        Self { variable, flag, is_secret: false }
    }

    /// Names a setting whose value may hold a password.
    pub(super) fn secret(variable: &'static str, flag: &'static str) -> Self {
        Self { variable, flag, is_secret: true }
    }
}

/// Reads settings from flags over variables.
pub(super) struct Reader<'a, L> {
    /// Answers for the environment.
    pub(super) lookup: &'a L,
}

impl<L: Fn(&str) -> Option<String>> Reader<'_, L> {
    /// Returns the value of a setting; none when neither the flag nor the variable is given.
    pub(super) fn read<T>(
        &self,
        setting: &Setting,
        flag: Option<&String>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let (text, used) = match (flag, (self.lookup)(setting.variable)) {
            (Some(text), _) => (text.clone(), Some(setting.flag)),
            (None, Some(text)) => (text, None),
            (None, None) => return Ok(None),
        };
        parse(text.trim()).map(Some).map_err(|problem| ConfigError::Value {
            variable: setting.variable,
            flag: used,
            value: (!setting.is_secret).then_some(text),
            problem,
        })
    }
}
