//! Token exchange profiles: which action looks at which kind of subject token (RFC 8693).

use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};

use crate::documents::Kept;

/// One profile.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TokenExchangeProfile {
    /// `tep_` and 16 characters.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The URI of the kind of token.
    pub subject_token_type: String,
    /// The action that looks at it.
    pub action_id: String,
    /// `custom_authentication`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Kept for TokenExchangeProfile {
    const KIND: DocumentKind = DocumentKind::TokenExchangeProfile;

    fn id(&self) -> &str {
        &self.id
    }
}
