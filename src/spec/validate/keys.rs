//! Where in which file a check is, and the few kinds of check that there are.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::super::SpecError;

/// Above any physical number in any unit; keeps products of a few of them finite.
const LARGEST: f64 = 1e30;
/// Longest identifier.
const MAX_ID: usize = 64;

/// A table of a file, by its dotted key.
pub(super) struct Keys<'a> {
    file: &'a str,
    at: String,
}

impl<'a> Keys<'a> {
    pub(super) fn new(file: &'a str, at: &str) -> Self {
        Self { file, at: at.to_owned() }
    }

    /// The table `key` inside this one.
    pub(super) fn under(&self, key: impl Display) -> Self {
        Self { file: self.file, at: self.whole(&key.to_string()) }
    }

    pub(super) fn refuse(&self, key: &str, value: impl ToString, allowed: impl Into<String>) -> SpecError {
        SpecError::value(self.file, self.whole(key), value, allowed)
    }

    fn whole(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    /// Refuses unless `fine`.
    pub(super) fn ensure(
        &self,
        fine: bool,
        key: &str,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Result<(), SpecError> {
        if fine { Ok(()) } else { Err(self.refuse(key, value, allowed)) }
    }

    /// low <= value <= high. NaN is in no range.
    pub(super) fn within(&self, key: &str, value: f64, low: f64, high: f64) -> Result<(), SpecError> {
        self.ensure((low..=high).contains(&value), key, value, format!("{low} to {high}"))
    }

    pub(super) fn above_zero(&self, key: &str, value: f64) -> Result<(), SpecError> {
        self.ensure(value > 0.0 && value <= LARGEST, key, value, format!("> 0 and at most {LARGEST:e}"))
    }

    pub(super) fn not_negative(&self, key: &str, value: f64) -> Result<(), SpecError> {
        self.ensure((0.0..=LARGEST).contains(&value), key, value, format!(">= 0 and at most {LARGEST:e}"))
    }

    pub(super) fn finite(&self, key: &str, value: f64) -> Result<(), SpecError> {
        self.ensure(value.abs() <= LARGEST, key, value, format!("a finite number, at most {LARGEST:e} in size"))
    }

    pub(super) fn count(&self, key: &str, value: u64, low: u64, high: u64) -> Result<(), SpecError> {
        self.ensure((low..=high).contains(&value), key, value, format!("{low} to {high}"))
    }

    pub(super) fn text(&self, key: &str, value: &str) -> Result<(), SpecError> {
        self.ensure(!value.trim().is_empty(), key, "\"\"", "a text that is not empty")
    }

    /// A name that may be part of a key, of a draw's name and of a file name.
    pub(super) fn id(&self, key: &str, value: &str) -> Result<(), SpecError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
        let allowed = format!("1 to {MAX_ID} of the characters A-Z a-z 0-9 _ + -");
        self.ensure((1..=MAX_ID).contains(&value.len()) && value.chars().all(fine), key, format!("{value:?}"), allowed)
    }

    /// Every element of a list has an id, and none the same. Ids are checked as [`Keys::id`] does.
    pub(super) fn unique<'b>(&self, key: &str, ids: impl Iterator<Item = &'b str>) -> Result<(), SpecError> {
        let mut seen = BTreeSet::new();
        for (index, id) in ids.enumerate() {
            self.under(index).id(key, id)?;
            self.under(index).ensure(seen.insert(id), key, id, "named once: another element has the same")?;
        }
        Ok(())
    }
}
