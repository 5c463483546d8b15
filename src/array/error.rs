//! Why no card can be written.

#[derive(Debug, thiserror::Error)]
pub enum CardError {
    #[error("technology: parameter.{key} is missing: the {device} needs it")]
    Missing { key: &'static str, device: &'static str },
    #[error("{key} = {value}: must be {allowed}")]
    Value { key: String, value: String, allowed: String },
}
