//! What an administrator wrote.

/// The source of an action or a module, without the values of its secrets: a build must not need
/// them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source<'a> {
    /// JavaScript, as a `CommonJS` module.
    pub code: &'a str,
    /// The packages it asks for.
    pub dependencies: Vec<Dependency<'a>>,
    /// For which runtime it is written.
    pub runtime: &'a str,
    /// How many secrets it is given.
    pub secrets: usize,
    /// How many modules it uses.
    pub modules: usize,
}

/// A package by name and version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dependency<'a> {
    /// `lodash`, or `@scope/name`.
    pub name: &'a str,
    /// One version, not a range; or a tag such as `latest`.
    pub version: &'a str,
}
