//! The resources of the Management API: where they are, how they are listed and shown.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::failure::{Failure, Outcome};
use crate::output::Column;
use crate::transport::{ApiFailure, Transport};

/// Where Auth0's Management API is.
pub(crate) const MANAGEMENT: &str = "/api/v2/";
/// Where the API is that Auth0 does not have.
pub(crate) const OURS: &str = "/m2mint/v1/";

/// How many objects one request asks for.
const PER_PAGE: usize = 100;
/// A register of more pages than this is not read.
const PAGES_MAX: usize = 100_000;
/// What need not be escaped in one segment of a path (RFC 3986 §2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One kind of object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resource {
    /// What one of them is called.
    pub(crate) noun: &'static str,
    /// Where they are.
    pub(crate) path: &'static str,
    /// The member of a page that holds them.
    pub(crate) entity: &'static str,
    /// What every request that reads them asks for.
    pub(crate) query: &'static str,
    /// The columns of a list.
    pub(crate) columns: &'static [Column],
    /// What is shown of one.
    pub(crate) details: &'static [Column],
}

pub(crate) const APIS: Resource = Resource {
    noun: "API",
    path: "/api/v2/resource-servers",
    entity: "resource_servers",
    query: "",
    columns: &[
        ("ID", "id"),
        ("NAME", "name"),
        ("IDENTIFIER", "identifier"),
        ("ALG", "signing_alg"),
        ("LIFETIME", "token_lifetime"),
        ("SCOPES", "scopes"),
    ],
    details: &[
        ("ID", "id"),
        ("NAME", "name"),
        ("IDENTIFIER", "identifier"),
        ("SIGNING ALG", "signing_alg"),
        ("TOKEN LIFETIME", "token_lifetime"),
        ("TOKEN DIALECT", "token_dialect"),
        ("CLIENT POLICY", "subject_type_authorization.client.policy"),
        ("SYSTEM", "is_system"),
        ("SCOPES", "scopes"),
    ],
};

pub(crate) const APPS: Resource = Resource {
    noun: "application",
    path: "/api/v2/clients",
    entity: "clients",
    // Nobody needs secrets on a screen, and the global client is no application.
    query: "is_global=false&fields=client_secret,signing_keys&include_fields=false",
    columns: &[
        ("CLIENT ID", "client_id"),
        ("NAME", "name"),
        ("TYPE", "app_type"),
        ("AUTHENTICATES BY", "token_endpoint_auth_method"),
    ],
    details: &[
        ("CLIENT ID", "client_id"),
        ("NAME", "name"),
        ("DESCRIPTION", "description"),
        ("TYPE", "app_type"),
        ("AUTHENTICATES BY", "token_endpoint_auth_method"),
        ("GRANT TYPES", "grant_types"),
        ("FIRST PARTY", "is_first_party"),
        (
            "DEFAULT ORGANIZATION",
            "default_organization.organization_id",
        ),
        ("METADATA", "client_metadata"),
    ],
};

pub(crate) const GRANTS: Resource = Resource {
    noun: "grant",
    path: "/api/v2/client-grants",
    entity: "client_grants",
    query: "",
    columns: &[
        ("ID", "id"),
        ("CLIENT ID", "client_id"),
        ("AUDIENCE", "audience"),
        ("SCOPE", "scope"),
        ("ORGANIZATIONS", "organization_usage"),
    ],
    details: &[
        ("ID", "id"),
        ("CLIENT ID", "client_id"),
        ("AUDIENCE", "audience"),
        ("SCOPE", "scope"),
        ("ALL SCOPES", "allow_all_scopes"),
        ("ORGANIZATIONS", "organization_usage"),
        ("ANY ORGANIZATION", "allow_any_organization"),
    ],
};

pub(crate) const ORGS: Resource = Resource {
    noun: "organization",
    path: "/api/v2/organizations",
    entity: "organizations",
    query: "",
    columns: &[
        ("ID", "id"),
        ("NAME", "name"),
        ("DISPLAY NAME", "display_name"),
    ],
    details: &[
        ("ID", "id"),
        ("NAME", "name"),
        ("DISPLAY NAME", "display_name"),
        ("METADATA", "metadata"),
    ],
};

impl Resource {
    /// The path of one of them.
    pub(crate) fn at(&self, id: &str) -> String {
        format!("{}/{}", self.path, segment(id))
    }

    /// All of them, page by page; `filter` is `name=value` pairs behind the `&`.
    ///
    /// # Errors
    ///
    /// [`ApiFailure`] of any page.
    pub(crate) async fn all(
        &self,
        transport: &Transport,
        filter: &str,
    ) -> Result<Vec<Value>, ApiFailure> {
        let own = if self.query.is_empty() { "" } else { "&" };
        let filter = format!("{filter}{own}{}", self.query);
        all(transport, self.path, self.entity, &filter).await
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// [`ApiFailure`], among others for one there is not.
    pub(crate) async fn get(&self, transport: &Transport, id: &str) -> Result<Value, ApiFailure> {
        let path = format!("{}?{}", self.at(id), self.query);
        let path = path.trim_end_matches('?');
        transport.send(Method::GET, path, None).await
    }

    /// One of them, by its id or by its name.
    ///
    /// # Errors
    ///
    /// There is none, or several have the name.
    pub(crate) async fn find(&self, transport: &Transport, text: &str) -> Outcome<Value> {
        let missing = match self.get(transport, text).await {
            Ok(found) => return Ok(found),
            Err(error) if error.is_not_found() => error,
            Err(error) => return Err(error.into()),
        };
        let mut named = self.all(transport, "").await?;
        named.retain(|one| one.get("name").and_then(Value::as_str) == Some(text));
        match (named.pop(), named.len()) {
            (Some(found), 0) => Ok(found),
            (None, _) => Err(missing.into()),
            (Some(_), others) => Err(Failure::new(format!(
                "{} objects of the kind {} have the name {text}",
                others + 1,
                self.noun
            ))
            .hint("use the id: `list` shows it")),
        }
    }
}

/// All objects of a paginated list.
///
/// # Errors
///
/// [`ApiFailure`] of any page.
pub(crate) async fn all(
    transport: &Transport,
    path: &str,
    entity: &str,
    filter: &str,
) -> Result<Vec<Value>, ApiFailure> {
    let mut found = Vec::new();
    for page in 0..PAGES_MAX {
        let path = format!("{path}?page={page}&per_page={PER_PAGE}&include_totals=true{filter}");
        let mut answer = transport.send(Method::GET, &path, None).await?;
        let total = answer
            .get("total")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let Some(Value::Array(objects)) = answer.get_mut(entity).map(Value::take) else {
            break;
        };
        let last = objects.len() < PER_PAGE;
        found.extend(objects);
        if last || total <= u64::try_from(found.len()).unwrap_or(u64::MAX) {
            break;
        }
    }
    Ok(found)
}

/// A text as one segment of a path, or as one value of a query.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// A member of an answer that must be a text.
///
/// # Errors
///
/// It is not there.
pub(crate) fn text<'a>(object: &'a Value, member: &str) -> Outcome<&'a str> {
    object
        .get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::new(format!("the answer has no {member}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_one_segment() {
        let path = APIS.at("https://timesheets.example/?a=b c");
        assert_eq!(
            path,
            "/api/v2/resource-servers/https%3A%2F%2Ftimesheets.example%2F%3Fa%3Db%20c"
        );
    }
}
