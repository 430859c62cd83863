//! The document of Auth0's Deploy CLI: one JSON value here and in the API, and YAML or a tree of
//! files on disk.

pub(crate) mod export;
pub(crate) mod keyword;
pub(crate) mod layout;
pub(crate) mod mask;
pub(crate) mod print;
pub(crate) mod read;
pub(crate) mod root;
pub(crate) mod write;
pub(crate) mod yaml;
