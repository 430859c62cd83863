//! The server's own APIs: what may be changed of them, and the one that may be made and deleted.

use m2mint_domain::State;
use m2mint_domain::audience::Audience;
use m2mint_domain::id::ResourceServerId;
use m2mint_domain::lifetime::TokenLifetime;
use m2mint_domain::proof_of_possession::{PossessionMechanism, ProofOfPossession};
use m2mint_domain::resource_server::{ClientPolicy, ResourceServer, Scopes};
use m2mint_domain::scope::ScopeList;

use super::Refused;

/// Settings without effect here that may be changed of a system API.
const EXTRA: [&str; 3] = [
    "authorization_policy",
    "skip_consent_for_verifiable_first_party_clients",
    "user_policy",
];

/// A system API with what Auth0 lets one change of it taken from `after`.
pub(super) fn patched(before: &ResourceServer, after: &ResourceServer) -> ResourceServer {
    let mut patched = before.clone();
    patched.token_lifetime = after.token_lifetime;
    patched.token_lifetime_for_web = after.token_lifetime_for_web;
    patched.client_policy = after.client_policy;
    patched.proof_of_possession = after.proof_of_possession;
    for member in EXTRA {
        match after.extra.json(member) {
            Some(json) => patched.extra.insert(member, json),
            None => patched.extra.remove(member),
        }
    }
    patched
}

/// Whether an identifier is that of the tenant's My Account API: `https://{host}/me/`.
pub(super) fn is_account_api(state: &State, identifier: &Audience) -> bool {
    let mut hosts = state.tenant().hosts();
    hosts.any(|host| identifier.as_str() == format!("https://{host}/me/"))
}

/// The My Account API as Auth0 makes it. It is for users; clients are denied until somebody decides
/// otherwise, and nothing answers there.
pub(super) fn account_api(
    id: ResourceServerId,
    identifier: Audience,
) -> Result<ResourceServer, Refused> {
    let lifetime = TokenLifetime::from_secs(600)
        .map_err(|error| Refused::invalid("token_lifetime", &error))?;
    let scopes = ["create", "read", "delete"].map(|verb| format!("{verb}:me:connected_accounts"));
    let values = ScopeList::of(scopes.iter().map(String::as_str))
        .map_err(|error| Refused::invalid("scopes", &error))?;
    let descriptions = ["Create", "Read", "Delete"]
        .map(|verb| Some(format!("{verb} Connected Accounts")))
        .to_vec();
    let mut api = ResourceServer::new(id, identifier);
    api.name = Some("Auth0 My Account API".to_owned());
    api.scopes = Some(Scopes::new(values, descriptions));
    api.token_lifetime = lifetime;
    api.token_lifetime_for_web = lifetime;
    api.client_policy = ClientPolicy::DenyAll;
    api.proof_of_possession = Some(ProofOfPossession {
        mechanism: PossessionMechanism::Dpop,
        required: false,
        required_for: None,
    });
    api.is_system = true;
    api.extra.insert("allow_offline_access", "true");
    api.extra
        .insert("skip_consent_for_verifiable_first_party_clients", "true");
    api.extra.insert("user_policy", "\"require_client_grant\"");
    Ok(api)
}
