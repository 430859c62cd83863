//! The keys that Management tokens are checked with, parsed once for each key ring.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use m2mint_authority::Site;
use m2mint_domain::id::TenantId;
use m2mint_verify::JwkSet;

use crate::api::error::ApiError;

/// One parsed key set a tenant: that of its newest key ring.
#[derive(Debug, Default)]
pub(crate) struct TrustedKeys(Mutex<HashMap<TenantId, Parsed>>);

#[derive(Debug)]
struct Parsed {
    jwks: Arc<str>,
    keys: Arc<JwkSet>,
}

impl TrustedKeys {
    /// The keys of the tenant as the snapshot has them.
    pub(crate) fn of(&self, site: &Site) -> Result<Arc<JwkSet>, ApiError> {
        let tenant = &site.tenant.state().tenant().id;
        let jwks = site.tenant.keys().own_jwks();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(parsed) = known.get(tenant).filter(|one| Arc::ptr_eq(&one.jwks, jwks)) {
            return Ok(Arc::clone(&parsed.keys));
        }
        let keys = JwkSet::parse(jwks.as_bytes()).map_err(|_| ApiError::invalid_token())?;
        let parsed = Parsed {
            jwks: Arc::clone(jwks),
            keys: Arc::new(keys),
        };
        let keys = Arc::clone(&parsed.keys);
        known.insert(tenant.clone(), parsed);
        Ok(keys)
    }
}
