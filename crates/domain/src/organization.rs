//! Organizations: customers on whose behalf a client acts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::extra::Extra;
use crate::id::{ClientGrantId, OrganizationId};
use crate::quota::TokenQuota;
use crate::timestamp::Timestamp;

/// The longest display name, in characters (Auth0's limit).
pub const DISPLAY_NAME_MAX: usize = 255;
/// The most metadata pairs (Auth0's limit).
pub const METADATA_MAX: usize = 25;
/// The most client grants one organization may be associated with (Auth0's limit).
pub const CLIENT_GRANTS_MAX: usize = 100;

/// A customer on whose behalf a client acts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Organization {
    /// What stands in `org_id`.
    pub id: OrganizationId,
    /// What stands in `org_name`; unique in the tenant.
    pub name: OrganizationName,
    /// What people call it.
    pub display_name: Option<String>,
    /// Pairs of the owner's own.
    pub metadata: BTreeMap<String, String>,
    /// The client grants that may be used for it, where they do not allow any organization.
    pub client_grants: BTreeSet<ClientGrantId>,
    /// How many tokens there may be on its behalf.
    pub token_quota: Option<TokenQuota>,
    /// When it was made; the beginning of time where nobody noted it.
    pub created_at: Timestamp,
    /// Settings that are kept and shown, and change nothing here.
    pub extra: Extra,
}

/// The short name of an organization: 1 to 50 lower-case letters, digits, `-` and `_`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OrganizationName(Arc<str>);

/// A text that is no [`OrganizationName`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidOrganizationName;

impl fmt::Display for InvalidOrganizationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name must have 1 to 50 lower-case letters, digits, - or _")
    }
}

impl std::error::Error for InvalidOrganizationName {}

impl OrganizationName {
    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text of it.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl std::borrow::Borrow<str> for OrganizationName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OrganizationName {
    type Err = InvalidOrganizationName;

    fn from_str(text: &str) -> Result<Self, InvalidOrganizationName> {
        let slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        if !(1..=50).contains(&text.len()) || !text.bytes().all(slug) {
            return Err(InvalidOrganizationName);
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_slug() {
        assert!("org-2_x".parse::<OrganizationName>().is_ok());
        for text in ["", "Org", "a b", "組織", &"a".repeat(51)] {
            assert_eq!(
                text.parse::<OrganizationName>(),
                Err(InvalidOrganizationName)
            );
        }
    }
}
