#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod algorithm;
mod answer;
mod claims;
mod error;
#[cfg(feature = "axum")]
mod extract;
#[cfg(feature = "fetch")]
mod fetch;
#[cfg(test)]
mod forge;
mod json;
mod jwks;
mod jwt;
mod key;
mod layer;
mod rules;
mod scope;
mod validator;

// The paved path: everything a user of this crate names.
pub use algorithm::Algorithm;
pub use claims::Claims;
pub use error::{Error, ErrorKind, InvalidJwks};
#[cfg(feature = "axum")]
pub use extract::{Bearer, NoClaims};
pub use jwks::JwkSet;
pub use layer::{BearerLayer, BearerService};
pub use rules::{Organization, Rules, check};
pub use scope::{RequireScope, RequireScopeService};
pub use validator::{Validator, ValidatorBuilder};
