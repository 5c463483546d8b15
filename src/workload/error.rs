//! What can be wrong with a model or a test set: which file, where in it, which value, and what is allowed.

/// A workload that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    #[error("{file}: cannot be read: {source}")]
    Read { file: String, source: std::io::Error },
    #[error("{file}: no such shipped file; shipped are {known}; a file of your own is named by its path")]
    NotShipped { file: String, known: String },
    #[error("{file}: {message}")]
    Parse { file: String, message: String },
    #[error("{file}: {key} = {value}: must be {allowed}")]
    Value { file: String, key: String, value: String, allowed: String },
}

impl WorkloadError {
    pub(super) fn value(file: &str, key: impl Into<String>, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Value { file: file.to_owned(), key: key.into(), value: value.to_string(), allowed: allowed.into() }
    }
}
