//! Custom domains: further host names of a tenant, from the wish to the working name.

use std::collections::BTreeMap;

use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};

use crate::documents::Kept;

/// One custom domain. While it is verified, its name is among the tenant's aliases.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CustomDomain {
    /// `cd_` and 16 characters.
    pub id: String,
    /// The host name, lower case.
    pub domain: String,
    /// `auth0_managed_certs` or `self_managed_certs`. Certificates are the operator's here.
    #[serde(rename = "type")]
    pub kind: String,
    /// When an administrator said that the name leads here, in milliseconds; unset before.
    #[serde(default)]
    pub verified_at: Option<i64>,
    /// Whether it is the one that stands for the tenant.
    #[serde(default)]
    pub is_default: bool,
    /// `recommended`. Kept and shown.
    #[serde(default)]
    pub tls_policy: Option<String>,
    /// Kept and shown: which proxies are believed is a setting of the server.
    #[serde(default)]
    pub custom_client_ip_header: Option<String>,
    /// Pairs of the owner's own.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Kept and shown: nobody logs in here.
    #[serde(default)]
    pub relying_party_identifier: Option<String>,
}

impl Kept for CustomDomain {
    const KIND: DocumentKind = DocumentKind::CustomDomain;

    fn id(&self) -> &str {
        &self.id
    }
}
