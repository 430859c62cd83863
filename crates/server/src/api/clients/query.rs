//! Which clients a list is about.

use std::collections::HashSet;

use m2mint_domain::State;
use m2mint_domain::client::Client;
use m2mint_domain::id::ClientId;

use crate::api::error::ApiError;
use crate::api::page::PageQuery;

/// The filters of `GET /clients`.
pub(super) enum ClientFilter {
    /// Whatever fits all that is said.
    Matching {
        app_types: Option<Vec<String>>,
        is_first_party: Option<bool>,
        is_global: Option<bool>,
        /// A URL that a client was registered by. There is none here that was.
        external: bool,
    },
    /// Clients with a grant that this organization is associated with.
    OfOrganization(String),
    /// Clients with a grant for any organization.
    OfAnyOrganization,
}

impl ClientFilter {
    /// Reads the filters; `q` stands alone, and only with pages by checkpoint.
    pub(super) fn read(query: &PageQuery) -> Result<Self, ApiError> {
        let Some(search) = query.filter("q") else {
            return Ok(Self::Matching {
                app_types: query
                    .filter("app_type")
                    .map(|types| types.split(',').map(str::to_owned).collect()),
                is_first_party: query.flag("is_first_party"),
                is_global: query.flag("is_global"),
                external: query.filter("external_client_id").is_some(),
            });
        };
        let refused = |reason: &str| {
            let message = format!("Query validation error: '{reason}' on property q.");
            Err(ApiError::invalid_query(message))
        };
        let others = [
            "app_type",
            "is_first_party",
            "is_global",
            "external_client_id",
        ];
        if query.filters().any(|filter| others.contains(&filter)) {
            return refused("Cannot be combined with other filters");
        }
        if !query.is_checkpointed() {
            return refused("Requires checkpoint pagination (from, take)");
        }
        let (field, value) = search.trim().split_once(':').unwrap_or_default();
        match (field, value.trim_matches('"')) {
            ("client_grant.organization_id", id) if !id.is_empty() => {
                Ok(Self::OfOrganization(id.to_owned()))
            }
            ("client_grant.allow_any_organization", "true") => Ok(Self::OfAnyOrganization),
            _ => refused(
                "Only client_grant.organization_id:{id} and \
                 client_grant.allow_any_organization:true are known",
            ),
        }
    }

    /// The clients that fit, in no order.
    pub(super) fn find<'a>(&self, state: &'a State) -> Vec<&'a Client> {
        match self {
            Self::Matching {
                app_types,
                is_first_party,
                is_global,
                external,
            } => state
                .clients()
                .filter(|_| !external)
                .filter(|client| {
                    is_first_party.is_none_or(|wanted| wanted == client.is_first_party)
                })
                .filter(|client| is_global.is_none_or(|wanted| wanted == client.is_global))
                .filter(|client| {
                    let fits = |types: &Vec<String>| {
                        client
                            .app_type
                            .as_ref()
                            .is_some_and(|one| types.contains(one))
                    };
                    app_types.as_ref().is_none_or(fits)
                })
                .collect(),
            Self::OfOrganization(id) => {
                let organization = state.organization(id);
                let grants = organization.iter().flat_map(|one| &one.client_grants);
                let ids: HashSet<&str> = grants
                    .filter_map(|id| state.client_grant(id.as_str()))
                    .filter_map(|grant| grant.holder.client_id().map(ClientId::as_str))
                    .collect();
                clients(state, ids)
            }
            Self::OfAnyOrganization => {
                let ids: HashSet<&str> = state
                    .client_grants()
                    .filter(|grant| grant.allow_any_organization == Some(true))
                    .filter_map(|grant| grant.holder.client_id().map(ClientId::as_str))
                    .collect();
                clients(state, ids)
            }
        }
    }
}

fn clients<'a>(state: &'a State, ids: HashSet<&str>) -> Vec<&'a Client> {
    ids.into_iter()
        .filter_map(|id| state.client(id))
        .map(|entry| entry.client())
        .collect()
}
