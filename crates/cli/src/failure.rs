//! What went wrong, why, and what to do about it.

use std::fmt;
use std::io;

use m2mint_authority::registry::RegistryError;
use m2mint_authority::snapshot::RefreshError;
use m2mint_store::StoreError;

use crate::transport::ApiFailure;

/// The exit code of a command that could not be done.
const FAILED: u8 = 1;
/// The exit code of arguments that make no sense.
pub(crate) const USAGE: u8 = 2;

/// What a command hands back.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command failed, with what to do next where we know it.
#[derive(Debug)]
pub(crate) struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
    exit_code: u8,
}

impl Failure {
    /// Failed, for a reason said in one sentence.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::from(anyhow::Error::msg(message.into()))
    }

    /// The arguments make no sense together.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit_code: USAGE,
            ..Self::new(message)
        }
    }

    /// The same, with what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The code the program ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> Option<String> {
        self.hint
            .clone()
            .or_else(|| self.error.chain().find_map(hint_for))
    }

    /// The sentences of what went wrong, the outermost first.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        for sentence in self.error.chain().map(ToString::to_string) {
            // Some libraries repeat their cause in their own words.
            if !sentences.iter().any(|said| said.contains(&sentence)) {
                sentences.push(sentence);
            }
        }
        sentences
    }

    /// Whether the reader of the output went away, as `head` does: no failure at all.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let kind = |error: &(dyn std::error::Error + 'static)| {
            error.downcast_ref::<io::Error>().map(io::Error::kind)
        };
        self.error
            .chain()
            .any(|error| kind(error) == Some(io::ErrorKind::BrokenPipe))
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            hint: None,
            exit_code: FAILED,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences = self.sentences();
        let mut sentences = sentences.iter();
        writeln!(f, "error: {}", sentences.next().map_or("", String::as_str))?;
        for cause in sentences {
            writeln!(f, "  caused by: {cause}")?;
        }
        if let Some(hint) = self.advice() {
            writeln!(f, "  hint: {hint}")?;
        }
        Ok(())
    }
}

/// Says what was being done when an error came up, and what to do about it.
pub(crate) trait Explain<T> {
    /// Puts a sentence before the error.
    fn because(self, message: impl FnOnce() -> String) -> Outcome<T>;
    /// Adds what to do about it.
    fn or_hint(self, hint: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: Into<Failure>> Explain<T> for Result<T, E> {
    fn because(self, message: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| {
            let failure = error.into();
            Failure {
                error: failure.error.context(message()),
                ..failure
            }
        })
    }

    fn or_hint(self, hint: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| error.into().hint(hint()))
    }
}

/// What to do about an error of the floors below.
fn hint_for(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<ApiFailure>() {
        return error.hint();
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return store_hint(error).map(str::to_owned);
    }
    if let Some(RegistryError::Vault(_)) = error.downcast_ref::<RegistryError>() {
        return Some(VAULT_HINT.to_owned());
    }
    if let Some(RefreshError::Vault(_)) = error.downcast_ref::<RefreshError>() {
        return Some(VAULT_HINT.to_owned());
    }
    None
}

const VAULT_HINT: &str = "put back the master key this database was made with: without it, its \
                          private keys and client secrets are of no use to anybody";

fn store_hint(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::Conflict | StoreError::Unavailable { .. } => {
            Some("try again; if it stays so, look at the disk and at who else has the file open")
        }
        StoreError::NoSuchTenant => Some("`m2mint tenants list` shows what there is"),
        StoreError::HostTaken { .. } => Some("give each tenant a domain of its own"),
        StoreError::Full { .. } => Some("make room on the disk; nothing was lost"),
        StoreError::NotWritable { .. } => {
            Some("run as the user who owns the data directory, or mend its owner and mode")
        }
        StoreError::NotADatabase { .. } => Some("point --data or store.url somewhere else"),
        StoreError::Damaged { .. } | StoreError::Corrupt { .. } => {
            Some("restore the last backup; `m2mint doctor` shows what is damaged")
        }
        StoreError::Newer { .. } => Some("use the newer version of m2mint that wrote it"),
        StoreError::NotBuilt { .. } => Some("use a store of the kind sqlite:PATH"),
        StoreError::Refused { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_prints_what_why_and_what_to_do() {
        let failed: Result<(), io::Error> = Err(io::Error::other("the disk is on fire"));
        let failure = failed
            .because(|| "the key cannot be written".to_owned())
            .or_hint(|| "call somebody".to_owned())
            .unwrap_err();
        assert_eq!(
            failure.to_string(),
            "error: the key cannot be written\n  caused by: the disk is on fire\n  hint: call somebody\n"
        );
        assert_eq!(failure.exit_code(), 1);
    }

    #[test]
    fn a_store_error_brings_its_own_hint() {
        let failure = Failure::from(StoreError::NoSuchTenant);
        assert_eq!(
            failure.advice().unwrap(),
            "`m2mint tenants list` shows what there is"
        );
    }

    #[test]
    fn a_cause_that_was_said_already_is_not_repeated() {
        let error = anyhow::anyhow!("too hot").context("it failed: too hot");
        assert_eq!(Failure::from(error).sentences(), ["it failed: too hot"]);
    }

    #[test]
    fn a_closed_pipe_is_recognised() {
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(Failure::from(closed).is_closed_pipe());
        assert!(!Failure::new("no").is_closed_pipe());
    }
}
