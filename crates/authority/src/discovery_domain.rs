//! A domain that leads to an organization: kept for the tools that write it. Nobody logs in here, so
//! nothing is discovered, and whether a domain is verified is what an administrator says of it.

use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};

use crate::documents::Kept;

/// One domain of one organization.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DiscoveryDomain {
    /// `ord_…`
    pub id: String,
    /// Whose it is.
    pub organization: String,
    /// The domain, in lower case.
    pub domain: String,
    /// Whether it is known to be theirs.
    pub status: DomainStatus,
    /// The text that is to stand in the DNS.
    pub verification_txt: String,
    /// Whether it is used to find the organization.
    pub use_for_organization_discovery: bool,
}

/// Whether a domain is known to be its organization's.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DomainStatus {
    /// Not yet.
    #[default]
    Pending,
    /// Yes.
    Verified,
}

impl DomainStatus {
    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Verified]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

impl DiscoveryDomain {
    /// The name under which the text is to stand in the DNS.
    #[must_use]
    pub fn verification_host(&self) -> String {
        format!("_ss-verification.{}.{}", self.organization, self.domain)
    }
}

impl Kept for DiscoveryDomain {
    const KIND: DocumentKind = DocumentKind::DiscoveryDomain;

    fn id(&self) -> &str {
        &self.id
    }

    fn parent(&self) -> Option<&str> {
        Some(&self.organization)
    }
}
