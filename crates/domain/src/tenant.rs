//! Tenants: one issuer and everything under it.

use crate::audience::Audience;
use crate::extra::Extra;
use crate::host::HostName;
use crate::id::TenantId;

/// One issuer: the hosts it answers on, and the settings that hold for all of its clients.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tenant {
    /// Its name, in logs and on the command line.
    pub id: TenantId,
    /// The canonical host name. The Management API's identifier is built on it and never changes.
    pub domain: HostName,
    /// Further host names (Auth0: custom domains). A token's issuer is the name that was asked.
    pub aliases: Vec<HostName>,
    /// The audience of a request that names none.
    pub default_audience: Option<Audience>,
    /// Whether `organization` may be a name, and tokens carry `org_name`.
    pub allow_organization_names: bool,
    /// What people call it.
    pub friendly_name: Option<String>,
    /// Settings that are kept and shown, and change nothing here.
    pub extra: Extra,
}

impl Tenant {
    /// A tenant with nothing set.
    #[must_use]
    pub fn new(id: TenantId, domain: HostName) -> Self {
        Self {
            id,
            domain,
            aliases: Vec::new(),
            default_audience: None,
            allow_organization_names: false,
            friendly_name: None,
            extra: Extra::default(),
        }
    }

    /// All host names it answers on, the canonical one first.
    pub fn hosts(&self) -> impl Iterator<Item = &HostName> {
        std::iter::once(&self.domain).chain(&self.aliases)
    }

    /// The identifier of this tenant's Management API: `https://{domain}/api/v2/`.
    #[must_use]
    pub fn management_audience(&self) -> String {
        format!("https://{}/api/v2/", self.domain)
    }
}
