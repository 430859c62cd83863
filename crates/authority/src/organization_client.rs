//! That an organization uses a client: kept for the tools that write it. It matters to logins of
//! members only; what a client may do on behalf of an organization is in its grants.

use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};

use crate::documents::Kept;

/// One client of one organization.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrganizationClient {
    id: String,
    organization: String,
    client: String,
    /// Whether members may log in to it.
    pub use_for_member_access: bool,
}

impl OrganizationClient {
    /// That `organization` uses `client`.
    #[must_use]
    pub fn new(organization: &str, client: &str, use_for_member_access: bool) -> Self {
        Self {
            id: Self::id_of(organization, client),
            organization: organization.to_owned(),
            client: client.to_owned(),
            use_for_member_access,
        }
    }

    /// The name of the association. An organization's id has no slash.
    #[must_use]
    pub fn id_of(organization: &str, client: &str) -> String {
        format!("{organization}/{client}")
    }

    /// Which client.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.client
    }
}

impl Kept for OrganizationClient {
    const KIND: DocumentKind = DocumentKind::OrganizationClient;

    fn id(&self) -> &str {
        &self.id
    }

    fn parent(&self) -> Option<&str> {
        Some(&self.organization)
    }
}
