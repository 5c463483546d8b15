//! Where the text of a model or test set comes from: shipped inside the program, or a file.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::WorkloadError;

const SHIPPED: [(&str, &str); 2] = [
    ("digits_mlp.json", include_str!("../../datasets/workloads/digits_mlp.json")),
    ("digits_test.csv", include_str!("../../datasets/workloads/digits_test.csv")),
];

/// A text and what to call it in messages.
pub(super) struct File {
    pub name: String,
    pub text: Cow<'static, str>,
}

impl File {
    /// A bare name is a shipped file, anything with a separator a path.
    pub(super) fn open(name: &str) -> Result<Self, WorkloadError> {
        if name.contains(['/', '\\']) {
            let text = std::fs::read_to_string(name)
                .map_err(|source| WorkloadError::Read { file: name.to_owned(), source })?;
            return Ok(Self { name: name.to_owned(), text: text.into() });
        }
        match SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            Some((_, text)) => Ok(Self { name: name.to_owned(), text: Cow::Borrowed(text) }),
            None => {
                let known = SHIPPED.map(|(name, _)| name).join(", ");
                Err(WorkloadError::NotShipped { file: name.to_owned(), known })
            }
        }
    }
}

/// Checksum of files in order, in hexadecimal digits. Lengths are hashed too, so that no byte can change its file.
pub(super) fn sha256(files: &[File]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update((file.text.len() as u64).to_le_bytes());
        hash.update(file.text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_shipped_or_refused() {
        assert!(File::open("digits_mlp.json").is_ok());
        let message = File::open("other.json").err().unwrap().to_string();
        assert!(message.contains("other.json") && message.contains("digits_mlp.json"), "{message}");
        assert!(matches!(File::open("./other.json"), Err(WorkloadError::Read { .. })));
    }

    #[test]
    fn moving_a_byte_between_files_changes_the_checksum() {
        let files = |texts: [&'static str; 2]| texts.map(|text| File { name: String::new(), text: text.into() });
        assert_ne!(sha256(&files(["ab", "c"])), sha256(&files(["a", "bc"])));
        assert_eq!(sha256(&files(["ab", "c"])).len(), 64);
    }
}
