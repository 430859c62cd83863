//! The OAuth 2.0 side: the token endpoint and discovery.

pub(crate) mod call;
pub(crate) mod error;
pub(crate) mod token;
pub(crate) mod well_known;
