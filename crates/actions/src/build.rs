//! The build: what can be said of a source without running it.
//!
//! The code itself is not parsed, as Auth0 does not parse it either: a syntax error shows when the
//! action runs.

use crate::limits::{self, LimitExceeded};
use crate::source::{Dependency, Source};

/// The most bytes of a package's name, by npm's rule.
const PACKAGE_NAME_MAX: usize = 214;
/// The most bytes of a package's version.
const PACKAGE_VERSION_MAX: usize = 256;

/// A source that was built. There is no other way to get one than [`build`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Built<'a>(Source<'a>);

/// Why a source was not built.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// There is too much of something.
    #[error("{0}")]
    Limit(LimitExceeded),
    /// The code holds a character that no JavaScript engine gets to see unharmed.
    #[error("the code holds a NUL character")]
    NulInCode,
    /// A package's name is not one.
    #[error("{name:?} is not the name of a package")]
    PackageName {
        /// The name.
        name: String,
    },
    /// A package's version is not one.
    #[error("{version:?} is not a version of the package {name}")]
    PackageVersion {
        /// Which package.
        name: String,
        /// The version.
        version: String,
    },
    /// A package is asked for twice.
    #[error("the package {name} is listed twice")]
    PackageTwice {
        /// Which package.
        name: String,
    },
}

impl BuildError {
    /// A short name for programs.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Limit(_) => "limit_exceeded",
            Self::NulInCode => "invalid_code",
            Self::PackageName { .. } | Self::PackageTwice { .. } | Self::PackageVersion { .. } => {
                "invalid_dependency"
            }
        }
    }
}

impl<'a> Built<'a> {
    /// What it was built from.
    #[must_use]
    pub const fn source(&self) -> &Source<'a> {
        &self.0
    }
}

/// Builds a source.
///
/// # Errors
///
/// [`BuildError`] for the first thing that is wrong with it.
pub fn build(source: Source<'_>) -> Result<Built<'_>, BuildError> {
    limits::check(&source).map_err(BuildError::Limit)?;
    if source.code.contains('\0') {
        return Err(BuildError::NulInCode);
    }
    for (index, dependency) in source.dependencies.iter().enumerate() {
        let Dependency { name, version } = *dependency;
        if !is_package_name(name) {
            let name = name.to_owned();
            return Err(BuildError::PackageName { name });
        }
        if !is_package_version(version) {
            let (name, version) = (name.to_owned(), version.to_owned());
            return Err(BuildError::PackageVersion { name, version });
        }
        let earlier = source.dependencies.iter().take(index);
        if earlier.into_iter().any(|other| other.name == name) {
            let name = name.to_owned();
            return Err(BuildError::PackageTwice { name });
        }
    }
    Ok(Built(source))
}

/// npm's rule: URL-safe characters, perhaps below a scope, and no dot or underscore at the start.
fn is_package_name(name: &str) -> bool {
    let part = |text: &str| {
        !text.is_empty()
            && !text.starts_with(['.', '_'])
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte))
    };
    if PACKAGE_NAME_MAX < name.len() {
        return false;
    }
    match name.strip_prefix('@') {
        None => part(name),
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| part(scope) && part(name)),
    }
}

/// A version or a tag: visible characters, none of which starts a path or an address.
fn is_package_version(version: &str) -> bool {
    !version.is_empty()
        && version.len() <= PACKAGE_VERSION_MAX
        && version
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b':' | b'"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source<'a>(code: &'a str, packages: &[(&'a str, &'a str)]) -> Source<'a> {
        Source {
            code,
            dependencies: packages
                .iter()
                .map(|&(name, version)| Dependency { name, version })
                .collect(),
            runtime: "node22",
            secrets: 0,
            modules: 0,
        }
    }

    #[test]
    fn code_with_a_syntax_error_is_built_as_auth0_builds_it() {
        let code = "exports.onExecuteCredentialsExchange = async () => {};\"\n";
        let built = build(source(
            code,
            &[("lodash", "4.17.21"), ("@auth0/x", "latest")],
        ))
        .unwrap();
        assert_eq!(built.source().code, code);
    }

    #[test]
    fn what_cannot_be_built_says_why() {
        let long = "x".repeat(limits::CODE_MAX + 1);
        for (source, error) in [
            (source("a\0b", &[]), "the code holds a NUL character"),
            (
                source(&long, &[]),
                "There may be no more than 100000 bytes of code",
            ),
            (
                source("", &[("../x", "1.0.0")]),
                "\"../x\" is not the name of a package",
            ),
            (
                source("", &[("@scope", "1.0.0")]),
                "\"@scope\" is not the name of a package",
            ),
            (
                source("", &[("x", "https://x.example/x.tgz")]),
                "\"https://x.example/x.tgz\" is not a version of the package x",
            ),
            (
                source("", &[("x", "")]),
                "\"\" is not a version of the package x",
            ),
            (
                source("", &[("x", "1"), ("x", "2")]),
                "the package x is listed twice",
            ),
            (
                source("", &[("x", "1"); limits::DEPENDENCIES_MAX + 1]),
                "There may be no more than 10 dependencies",
            ),
        ] {
            assert_eq!(build(source).unwrap_err().to_string(), error);
        }
    }
}
