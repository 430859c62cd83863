//! An organization, read from a body and written into an answer.

use std::collections::BTreeMap;

use m2mint_domain::organization::{Organization, OrganizationName};
use m2mint_domain::quota::TokenQuota;
use serde_json::json;

use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, keep_extra};
use crate::api::object::{Object, date};
use crate::api::page::in_order_of_time;
use crate::api::quota::{read_quota, show_quota};

/// Members for features of user login: kept and shown, without effect here.
const EXTRA: &[&str] = &[
    "branding",
    "is_app_entitlement_active",
    "third_party_client_access",
];

/// What a caller sees that may read no more than a summary.
const SUMMARY: &[&str] = &["id", "display_name", "name", "branding", "client"];

/// What a body says of an organization.
pub(super) struct OrganizationBody {
    pub(super) name: Field<OrganizationName>,
    display_name: Field<String>,
    metadata: Field<BTreeMap<String, Option<String>>>,
    token_quota: Field<Option<TokenQuota>>,
    extra: Vec<(&'static str, Option<String>)>,
}

impl OrganizationBody {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        if let Some(connection) = fields.list("enabled_connections")?.value()
            && !connection.is_empty()
        {
            return Err(super::members::no_such_connection());
        }
        let body = Self {
            name: fields.string("name")?.try_map(|name| {
                name.parse().map_err(
                    |error: m2mint_domain::organization::InvalidOrganizationName| {
                        invalid(&error.to_string(), &name, "name")
                    },
                )
            })?,
            display_name: fields.string("display_name")?,
            metadata: fields.pairs("metadata")?,
            token_quota: fields.object("token_quota")?.try_map(read_quota)?,
            extra: fields.extra(EXTRA),
        };
        fields.end()?;
        Ok(body)
    }

    pub(super) fn apply(&self, organization: &mut Organization) {
        if let Field::Value(name) = &self.name {
            organization.name.clone_from(name);
        }
        self.display_name
            .when_said(|name| organization.display_name = name);
        // Metadata is replaced whole: an empty object clears it.
        self.metadata.when_said(|pairs| {
            let pairs = pairs.unwrap_or_default().into_iter();
            organization.metadata = pairs
                .filter_map(|(key, value)| Some((key, value?)))
                .collect();
        });
        self.token_quota
            .when_said(|quota| organization.token_quota = quota.flatten());
        keep_extra(&mut organization.extra, &self.extra);
    }
}

/// An organization in Auth0's order of members.
pub(crate) fn show_organization(organization: &Organization) -> Object {
    let metadata = (!organization.metadata.is_empty()).then(|| json!(organization.metadata));
    let extra = &organization.extra;
    Object::new()
        .with("id", organization.id.as_str())
        .with_some("display_name", organization.display_name.as_deref())
        .with("name", organization.name.as_str())
        .with_kept("branding", extra)
        .with_some("metadata", metadata)
        .with_some("token_quota", organization.token_quota.map(show_quota))
        .with_kept("third_party_client_access", extra)
        .with_default("third_party_client_access", "block")
        .with_kept("is_app_entitlement_active", extra)
        .with_default("is_app_entitlement_active", false)
}

/// The same for a caller that may read no more than a summary.
pub(super) fn summary(shown: Object) -> Object {
    shown.select(SUMMARY, true)
}

/// The place of an organization in a sorted list, as a text that sorts likewise and tells it apart.
/// In the order they were made, when nobody says.
pub(super) fn sort_key(organization: &Organization, sort: Option<&str>) -> String {
    let id = organization.id.as_str();
    let Some((member, direction)) = sort.and_then(|sort| sort.split_once(':')) else {
        return format!("{} {id}", in_order_of_time(organization.created_at));
    };
    let value = match member {
        "created_at" => date(organization.created_at),
        "display_name" => organization.display_name.clone().unwrap_or_default(),
        _ => organization.name.to_string(),
    };
    if direction == "1" {
        return format!("{value}\0{id}");
    }
    // What sorts last comes first: bytes turned round, and an end that is greater than any of them.
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    let turned: String = value
        .bytes()
        .map(|byte| !byte)
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect();
    format!("{turned}~{id}")
}

#[cfg(test)]
mod tests {
    use m2mint_domain::Timestamp;
    use m2mint_domain::extra::Extra;

    use super::*;

    #[test]
    fn keys_sort_as_their_organizations_should() {
        let named = |id: &str, display_name: &str, created_at: i64| Organization {
            id: id.parse().unwrap(),
            name: "x".parse().unwrap(),
            display_name: Some(display_name.to_owned()),
            metadata: BTreeMap::new(),
            client_grants: [].into(),
            token_quota: None,
            created_at: Timestamp::from_millis(created_at),
            extra: Extra::default(),
        };
        let organizations = [
            named("org_c", "a", 1),
            named("org_a", "ab", 20),
            named("org_b", "ab", 3),
            named("org_d", "b", 3),
        ];
        let sorted = |sort: Option<&str>| {
            let mut ids: Vec<(String, &str)> = organizations
                .iter()
                .map(|one| (sort_key(one, sort), one.id.as_str()))
                .collect();
            ids.sort();
            ids.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
        };
        assert_eq!(sorted(None), ["org_c", "org_b", "org_d", "org_a"]);
        assert_eq!(
            sorted(Some("display_name:1")),
            ["org_c", "org_a", "org_b", "org_d"]
        );
        assert_eq!(
            sorted(Some("display_name:-1")),
            ["org_d", "org_a", "org_b", "org_c"]
        );
    }
}
