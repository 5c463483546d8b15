//! What can be wrong with a specification: always which file, which key, which value, and what is allowed.

/// A specification that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    #[error("{file}: cannot be read: {source}")]
    Read { file: String, source: std::io::Error },
    #[error("{file}: {message}")]
    Parse { file: String, message: String },
    #[error("{file}: {key} = {value}: must be {allowed}")]
    Value { file: String, key: String, value: String, allowed: String },
    /// A change asked for by `--set` or by an override that has no place in its file.
    #[error("{origin}: {key} = {value}: {message}")]
    Setting { origin: String, key: String, value: String, message: String },
}

impl SpecError {
    pub(super) fn value(file: &str, key: impl Into<String>, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Value { file: file.to_owned(), key: key.into(), value: value.to_string(), allowed: allowed.into() }
    }
}
