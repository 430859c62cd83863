//! What a client may be, whoever asks for it.

use m2mint_domain::State;
use m2mint_domain::client::{
    CLIENT_CREDENTIALS, Client, DESCRIPTION_MAX, METADATA_MAX, METADATA_TEXT_MAX, NAME_MAX,
    SecurityMode,
};
use m2mint_domain::client_credential::{CREDENTIALS_MAX, CredentialMethod, CredentialProof};
use m2mint_domain::id::CredentialId;
use m2mint_domain::text::{check_description, check_name};

use super::Refused;

/// The most grant types one client may list.
const GRANT_TYPES_MAX: usize = 20;
/// What a strict third-party client may use.
const STRICT_GRANT_TYPES: [&str; 3] = ["authorization_code", "refresh_token", CLIENT_CREDENTIALS];

/// Refuses a client that breaks a rule, by itself or beside the others of its tenant.
pub(super) fn check_client(state: &State, client: &Client) -> Result<(), Refused> {
    check_name(&client.name, NAME_MAX).map_err(|error| Refused::invalid("name", &error))?;
    if let Some(description) = &client.description {
        check_description(description, DESCRIPTION_MAX)
            .map_err(|error| Refused::invalid("description", &error))?;
    }
    if GRANT_TYPES_MAX < client.grant_types.len() {
        return Err(Refused::TooMany {
            what: "grant types of a client",
            max: GRANT_TYPES_MAX,
        });
    }
    if METADATA_MAX < client.metadata.len() {
        return Err(Refused::TooMany {
            what: "pairs of client_metadata",
            max: METADATA_MAX,
        });
    }
    for text in client.metadata.iter().flat_map(|(key, value)| [key, value]) {
        check_description(text, METADATA_TEXT_MAX)
            .map_err(|error| Refused::invalid("client_metadata", &error))?;
    }
    if let Some(organization) = &client.default_organization
        && state.organization(organization.as_str()).is_none()
    {
        return Err(Refused::invalid(
            "default_organization.organization_id",
            &"no such organization",
        ));
    }
    check_own_api(state, client)?;
    check_third_party(client)?;
    check_credentials(client)?;
    check_aliases(state, client)
}

/// A client that belongs to an API is its only one.
fn check_own_api(state: &State, client: &Client) -> Result<(), Refused> {
    const MEMBER: &str = "resource_server_identifier";
    let Some(audience) = &client.resource_server else {
        return Ok(());
    };
    if client.app_type.as_deref() != Some("resource_server") {
        return Err(Refused::invalid(
            MEMBER,
            &"only for an app_type of resource_server",
        ));
    }
    let server = state.resource_server_for(audience.as_str());
    if server.is_none_or(|server| server.is_system) {
        return Err(Refused::invalid(MEMBER, &"no such resource server"));
    }
    match state.own_client_of(audience.as_str()) {
        Some(other) if *other != client.id => {
            Err(Refused::invalid(MEMBER, &"the API has a client already"))
        }
        Some(_) | None => Ok(()),
    }
}

/// What somebody else's client may be.
fn check_third_party(client: &Client) -> Result<(), Refused> {
    if client.is_first_party {
        return match client.security_mode {
            None => Ok(()),
            Some(_) => Err(Refused::invalid(
                "third_party_security_mode",
                &"only for a client with is_first_party false",
            )),
        };
    }
    let organizations = ["organization_usage", "organization_require_behavior"];
    if organizations
        .iter()
        .any(|member| client.extra.json(member).is_some())
    {
        return Err(Refused::OrganizationsOfThirdParty);
    }
    if client.security_mode != Some(SecurityMode::Strict) {
        return Ok(());
    }
    let allowed = |grant: &String| STRICT_GRANT_TYPES.contains(&grant.as_str());
    if let Some(grant) = client.grant_types.iter().find(|one| !allowed(one)) {
        let reason = format!("{grant} is not for strict third-party clients");
        return Err(Refused::invalid("grant_types", &reason));
    }
    match &client.authentication {
        Some(methods) if methods.method != CredentialMethod::PrivateKeyJwt => {
            Err(Refused::invalid(
                "client_authentication_methods",
                &"a strict third-party client may only use private_key_jwt",
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whose a client is was decided when it was registered, if it is a strict third party's.
pub(super) fn check_ownership(before: &Client, client: &mut Client) -> Result<(), Refused> {
    if client.is_first_party && !before.is_first_party {
        if before.security_mode == Some(SecurityMode::Strict) {
            return Err(Refused::invalid("is_first_party", &"cannot be changed"));
        }
        client.security_mode = None;
    }
    if !client.is_first_party {
        client.security_mode.get_or_insert(SecurityMode::Permissive);
    }
    let mode = before.security_mode.or(client
        .security_mode
        .filter(|mode| *mode == SecurityMode::Permissive));
    if client.security_mode.is_some() && client.security_mode != mode {
        return Err(Refused::invalid(
            "third_party_security_mode",
            &"cannot be changed",
        ));
    }
    Ok(())
}

/// What is bound must be there, and serve its purpose.
fn check_credentials(client: &Client) -> Result<(), Refused> {
    if CREDENTIALS_MAX < client.credentials.len() {
        return Err(Refused::TooMany {
            what: "credentials of a client",
            max: CREDENTIALS_MAX,
        });
    }
    let fits = |id: &CredentialId, takes: &dyn Fn(&CredentialProof) -> bool| {
        let mut all = client.credentials.iter();
        all.any(|one| one.id == *id && takes(&one.proof))
    };
    if let Some(methods) = &client.authentication {
        const MEMBER: &str = "client_authentication_methods";
        if client.auth_method.is_some() {
            return Err(Refused::invalid(
                MEMBER,
                &"excludes token_endpoint_auth_method: set one of them to null",
            ));
        }
        for id in &methods.credentials {
            if !fits(id, &|proof| methods.method.takes(proof)) {
                let reason = format!("{id} is no credential for {}", methods.method.as_str());
                return Err(Refused::invalid(MEMBER, &reason));
            }
        }
    }
    let others = [
        ("signed_request_object", &client.signed_request_object),
        ("token_vault_privileged_access", &client.token_vault),
    ];
    for (member, bound) in others {
        let ids = bound.iter().flat_map(|bound| &bound.credentials).flatten();
        for id in ids {
            if !fits(id, &|proof| CredentialMethod::PrivateKeyJwt.takes(proof)) {
                let reason = format!("{id} is no public key of the client");
                return Err(Refused::invalid(member, &reason));
            }
        }
    }
    Ok(())
}

/// Aliases are looked at only when there are any: few clients have one.
fn check_aliases(state: &State, client: &Client) -> Result<(), Refused> {
    let of = |client: &Client| -> Vec<String> {
        let json = client.extra.json("client_aliases").unwrap_or("[]");
        serde_json::from_str(json).unwrap_or_default()
    };
    let aliases = of(client);
    let taken = |other: &Client| {
        other.id != client.id && of(other).iter().any(|alias| aliases.contains(alias))
    };
    if !aliases.is_empty() && state.clients().any(taken) {
        return Err(Refused::AliasTaken);
    }
    Ok(())
}
