//! Tenants: one issuer and everything under it.

use crate::audience::Audience;
use crate::extra::Extra;
use crate::host::HostName;
use crate::id::TenantId;
use crate::quota::DefaultTokenQuota;

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
    /// Which parameter of a request names the API.
    pub resource_parameter: ResourceParameter,
    /// How many tokens a client or an organization may have that has no quota of its own.
    pub default_token_quota: DefaultTokenQuota,
    /// Whether published keys go without `alg` (Auth0's `flags.remove_alg_from_jwks`).
    pub remove_alg_from_jwks: Option<bool>,
    /// What people call it.
    pub friendly_name: Option<String>,
    /// Settings that are kept and shown, and change nothing here.
    pub extra: Extra,
}

/// Which parameter of a token request names the API (Auth0's `resource_parameter_profile`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ResourceParameter {
    /// `audience`; `resource` means nothing.
    #[default]
    Ignored,
    /// `audience`, or else `resource` (RFC 8707 §2).
    Compatibility,
}

impl ResourceParameter {
    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ignored => "audience",
            Self::Compatibility => "compatibility",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ignored, Self::Compatibility]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
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
            resource_parameter: ResourceParameter::default(),
            default_token_quota: DefaultTokenQuota::default(),
            remove_alg_from_jwks: None,
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
