//! Attack protection: settings for logins with a password. Nobody logs in here, so they are kept and
//! shown, and do nothing.

use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::documents::Kept;

/// What was said of one group of settings.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AttackProtection {
    /// The group, as in the path: `brute-force-protection`.
    pub group: String,
    /// The members that were said.
    pub settings: Map<String, Value>,
}

impl Kept for AttackProtection {
    const KIND: DocumentKind = DocumentKind::AttackProtection;

    fn id(&self) -> &str {
        &self.group
    }
}
