//! Reads a tenant through the Management API, and makes a document of it.

use std::collections::{HashMap, HashSet};

use http::Method;
use serde_json::{Map, Value, json};

use super::mask;
use crate::failure::Outcome;
use crate::resource::{self, segment};
use crate::transport::{ApiFailure, Transport};

/// How many pages of anything are read.
const PAGES_MAX: usize = 100_000;

/// A kind of object that is one member of a document.
struct Kind {
    member: &'static str,
    path: &'static str,
    paging: Paging,
    /// What names one for good, which a document need not have.
    id: &'static str,
    /// What sorts them.
    key: &'static [&'static str],
    /// What an import cannot set.
    read_only: &'static [&'static str],
}

/// How a list comes.
enum Paging {
    /// Page by page, in this member.
    Pages(&'static str),
    /// From mark to mark, in this member.
    Marks(&'static str),
    /// Whole.
    Whole,
}

const KINDS: &[Kind] = &[
    Kind {
        member: "resourceServers",
        path: "/api/v2/resource-servers",
        paging: Paging::Pages("resource_servers"),
        id: "id",
        key: &["name", "identifier"],
        read_only: &["is_system"],
    },
    Kind {
        member: "actionModules",
        path: "/api/v2/actions/modules",
        paging: Paging::Pages("modules"),
        id: "id",
        key: &["name"],
        read_only: &[
            "actions_using_module_total",
            "created_at",
            "latest_version",
            "latest_version_number",
            "updated_at",
        ],
    },
    Kind {
        member: "actions",
        path: "/api/v2/actions/actions",
        paging: Paging::Pages("actions"),
        id: "id",
        key: &["name"],
        read_only: &[
            "all_changes_deployed",
            "built_at",
            "created_at",
            "current_version",
            "deployed_version",
            "errors",
            "installed_integration_id",
            "integration",
            "status",
            "updated_at",
        ],
    },
    Kind {
        member: "clients",
        path: "/api/v2/clients",
        paging: Paging::Pages("clients"),
        id: "client_id",
        key: &["name", "client_id"],
        read_only: &[
            "api_type",
            "callback_url_template",
            "config_route",
            "created_at",
            "cross_origin_auth",
            "custom_login_page_preview",
            "encrypted",
            "external_client_id",
            "external_metadata_created_by",
            "external_metadata_type",
            "global",
            "jwks_uri",
            "owners",
            "signing_keys",
            "tenant",
            "updated_at",
        ],
    },
    Kind {
        member: "clientGrants",
        path: "/api/v2/client-grants",
        paging: Paging::Pages("client_grants"),
        id: "id",
        key: &["client_id", "default_for", "audience", "subject_type"],
        read_only: &["is_system"],
    },
    Kind {
        member: "organizations",
        path: "/api/v2/organizations",
        paging: Paging::Pages("organizations"),
        id: "id",
        key: &["name"],
        read_only: &[],
    },
    Kind {
        member: "customDomains",
        path: "/api/v2/custom-domains",
        paging: Paging::Whole,
        id: "custom_domain_id",
        key: &["domain"],
        read_only: &[
            "certificate",
            "cname_api_key",
            "is_default",
            "origin_domain_name",
            "primary",
            "status",
            "verification",
        ],
    },
    Kind {
        member: "tokenExchangeProfiles",
        path: "/api/v2/token-exchange-profiles",
        paging: Paging::Marks("token_exchange_profiles"),
        id: "id",
        key: &["name"],
        read_only: &["created_at", "updated_at"],
    },
    Kind {
        member: "logStreams",
        path: "/api/v2/log-streams",
        paging: Paging::Whole,
        id: "id",
        key: &["name"],
        read_only: &[],
    },
    Kind {
        member: "networkACLs",
        path: "/api/v2/network-acls",
        paging: Paging::Pages("network_acls"),
        id: "id",
        key: &["priority", "description"],
        read_only: &["created_at", "updated_at"],
    },
    Kind {
        member: "rateLimitPolicies",
        path: "/api/v2/rate-limit-policies",
        paging: Paging::Marks("rate_limit_policies"),
        id: "id",
        key: &["resource", "consumer", "consumer_selector"],
        read_only: &["created_at", "updated_at"],
    },
];

/// The parts of attack protection: the member, and the path.
const PROTECTIONS: &[(&str, &str)] = &[
    ("botDetection", "bot-detection"),
    ("breachedPasswordDetection", "breached-password-detection"),
    ("bruteForceProtection", "brute-force-protection"),
    ("captcha", "captcha"),
    ("suspiciousIpThrottling", "suspicious-ip-throttling"),
];

/// What only the answers of the tenant's settings have.
const TENANT_READ_ONLY: &[&str] = &["sandbox_versions_available", "universal_login"];

/// What an export keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) ids: bool,
    pub(crate) secrets: bool,
}

/// Reads the whole tenant. What the server does not have is left out.
///
/// # Errors
///
/// A call was refused.
pub(crate) async fn document(api: &Transport, wanted: Wanted) -> Outcome<Map<String, Value>> {
    let mut document = Map::new();
    if let Some(Value::Object(mut settings)) = get(api, "/api/v2/tenants/settings").await? {
        settings.retain(|name, _| !TENANT_READ_ONLY.contains(&name.as_str()));
        document.insert("tenant".to_owned(), Value::Object(settings));
    }
    for kind in KINDS {
        let Some(mut objects) = all(api, kind).await? else {
            continue;
        };
        objects.retain(|object| {
            let is = |member: &str| object.get(member) == Some(&Value::Bool(true));
            !is("is_system") && !is("global")
        });
        document.insert(kind.member.to_owned(), Value::Array(objects));
    }
    triggers(api, &mut document).await?;
    protections(api, &mut document).await?;
    organizations(api, &mut document).await?;
    name_references(&mut document);
    for kind in KINDS {
        for object in objects_of(&mut document, kind.member) {
            object.retain(|name, _| {
                !kind.read_only.contains(&name.as_str()) && (wanted.ids || name != kind.id)
            });
        }
        if let Some(Value::Array(objects)) = document.get_mut(kind.member) {
            objects.sort_by_cached_key(|object| sort_key(kind, object));
        }
    }
    if !wanted.secrets {
        mask::put_on(&mut document);
    }
    for value in document.values_mut() {
        in_order(value);
    }
    Ok(document)
}

/// Puts members in an order that no history of an object changes: what it is called, and then the
/// alphabet.
fn in_order(value: &mut Value) {
    const FIRST: [&str; 5] = ["name", "client_id", "audience", "identifier", "id"];
    match value {
        Value::Array(items) => items.iter_mut().for_each(in_order),
        Value::Object(members) => {
            let mut sorted: Vec<(String, Value)> = std::mem::take(members).into_iter().collect();
            sorted.sort_by_cached_key(|(name, _)| {
                let place = FIRST.iter().position(|first| first == name);
                (place.unwrap_or(FIRST.len()), name.clone())
            });
            for (_, value) in &mut sorted {
                in_order(value);
            }
            members.extend(sorted);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// One answer; `None` where the server has no such thing.
async fn get(api: &Transport, path: &str) -> Result<Option<Value>, ApiFailure> {
    match api.send(Method::GET, path, None).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn all(api: &Transport, kind: &Kind) -> Result<Option<Vec<Value>>, ApiFailure> {
    let found = match kind.paging {
        Paging::Pages(entity) => resource::all(api, kind.path, entity, "").await,
        Paging::Marks(entity) => marked(api, kind.path, entity).await,
        Paging::Whole => api
            .send(Method::GET, kind.path, None)
            .await
            .map(|answer| match answer {
                Value::Array(all) => all,
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_) => Vec::new(),
            }),
    };
    match found {
        Ok(objects) => Ok(Some(objects)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// All objects of a list that goes from mark to mark.
async fn marked(api: &Transport, path: &str, entity: &str) -> Result<Vec<Value>, ApiFailure> {
    let mut found = Vec::new();
    let mut from = String::new();
    for _ in 0..PAGES_MAX {
        let path = format!("{path}?take=100{from}");
        let mut answer = api.send(Method::GET, &path, None).await?;
        if let Some(Value::Array(objects)) = answer.get_mut(entity).map(Value::take) {
            found.extend(objects);
        }
        match answer.get("next").and_then(Value::as_str) {
            Some(next) if !next.is_empty() => from = format!("&from={}", segment(next)),
            Some(_) | None => break,
        }
    }
    Ok(found)
}

/// Which actions run at which trigger, in their order.
async fn triggers(api: &Transport, document: &mut Map<String, Value>) -> Outcome {
    let Some(answer) = get(api, "/api/v2/actions/triggers").await? else {
        return Ok(());
    };
    let known = answer.get("triggers").and_then(Value::as_array);
    let mut seen = HashSet::new();
    let mut bound = Map::new();
    for trigger in known.into_iter().flatten() {
        let Some(id) = trigger.get("id").and_then(Value::as_str) else {
            continue;
        };
        if !seen.insert(id.to_owned()) {
            continue;
        }
        let path = format!("/api/v2/actions/triggers/{}/bindings", segment(id));
        let bindings = match resource::all(api, &path, "bindings", "").await {
            Ok(bindings) => bindings,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error.into()),
        };
        let bindings: Vec<Value> = bindings
            .iter()
            .map(|binding| {
                let action = binding.get("action").and_then(|action| action.get("name"));
                json!({
                    "action_name": action,
                    "display_name": binding.get("display_name"),
                })
            })
            .collect();
        if !bindings.is_empty() {
            bound.insert(id.to_owned(), Value::Array(bindings));
        }
    }
    document.insert("triggers".to_owned(), Value::Object(bound));
    Ok(())
}

async fn protections(api: &Transport, document: &mut Map<String, Value>) -> Outcome {
    let mut found = Map::new();
    for (member, name) in PROTECTIONS {
        if let Some(settings) = get(api, &format!("/api/v2/attack-protection/{name}")).await? {
            found.insert((*member).to_owned(), settings);
        }
    }
    if !found.is_empty() {
        document.insert("attackProtection".to_owned(), Value::Object(found));
    }
    Ok(())
}

/// What belongs to each organization.
async fn organizations(api: &Transport, document: &mut Map<String, Value>) -> Outcome {
    for organization in objects_of(document, "organizations") {
        let Some(id) = organization.get("id").and_then(Value::as_str) else {
            continue;
        };
        let path = format!("/api/v2/organizations/{}", segment(id));
        let grants =
            resource::all(api, &format!("{path}/client-grants"), "client_grants", "").await?;
        let mut grants: Vec<Value> = grants
            .iter()
            .map(|grant| json!({"client_id": grant.get("client_id"), "audience": grant.get("audience")}))
            .collect();
        grants.sort_by_cached_key(Value::to_string);
        organization.insert("client_grants".to_owned(), Value::Array(grants));
        let domains = match marked(api, &format!("{path}/discovery-domains"), "domains").await {
            Ok(domains) => domains,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error.into()),
        };
        let mut domains: Vec<Value> = domains
            .iter()
            .filter_map(Value::as_object)
            .map(|domain| {
                let mut domain = domain.clone();
                domain.retain(|name, _| {
                    !matches!(
                        name.as_str(),
                        "id" | "verification_host" | "verification_txt"
                    )
                });
                Value::Object(domain)
            })
            .collect();
        domains.sort_by_cached_key(Value::to_string);
        organization.insert("discovery_domains".to_owned(), Value::Array(domains));
    }
    Ok(())
}

/// Puts names in the place of ids, and what else a document says in another way than the API.
fn name_references(document: &mut Map<String, Value>) {
    let clients = names(document, "clients", "client_id");
    let actions = names(document, "actions", "id");
    for grant in objects_of(document, "clientGrants") {
        rename(grant, "client_id", &clients);
    }
    for api in objects_of(document, "resourceServers") {
        rename(api, "client_id", &clients);
    }
    for organization in objects_of(document, "organizations") {
        for grant in objects_of(organization, "client_grants") {
            rename(grant, "client_id", &clients);
        }
    }
    for profile in objects_of(document, "tokenExchangeProfiles") {
        rename(profile, "action_id", &actions);
        if let Some(action) = profile.remove("action_id") {
            profile.insert("action".to_owned(), action);
        }
    }
    for action in objects_of(document, "actions") {
        let deployed = action.get("all_changes_deployed") == Some(&Value::Bool(true));
        action.insert("deployed".to_owned(), deployed.into());
    }
    for action in objects_of(document, "actions") {
        for module in objects_of(action, "modules") {
            module
                .retain(|name, _| matches!(name.as_str(), "module_name" | "module_version_number"));
        }
        for trigger in objects_of(action, "supported_triggers") {
            trigger.retain(|name, _| matches!(name.as_str(), "id" | "version"));
        }
    }
    for kind in ["actions", "actionModules"] {
        for action in objects_of(document, kind) {
            for secret in objects_of(action, "secrets") {
                secret.retain(|name, _| matches!(name.as_str(), "name" | "value"));
            }
        }
    }
    for client in objects_of(document, "clients") {
        without_credential_ids(client);
    }
}

/// A credential is a reference to a key that no answer shows; without a name it means nothing
/// elsewhere.
fn without_credential_ids(client: &mut Map<String, Value>) {
    let Some(Value::Object(methods)) = client.get_mut("client_authentication_methods") else {
        return;
    };
    for method in methods.values_mut().filter_map(Value::as_object_mut) {
        if let Some(Value::Array(credentials)) = method.get_mut("credentials") {
            credentials.retain(|credential| credential.get("name").is_some());
        }
    }
    methods.retain(|_, method| {
        let credentials = method.get("credentials").and_then(Value::as_array);
        credentials.is_some_and(|credentials| !credentials.is_empty())
    });
    if methods.is_empty() {
        client.remove("client_authentication_methods");
    }
}

/// The names of objects by id: of those whose name is theirs alone.
fn names(document: &Map<String, Value>, member: &str, id: &str) -> HashMap<String, String> {
    let objects = document.get(member).and_then(Value::as_array);
    let text = |object: &Value, member: &str| object.get(member)?.as_str().map(str::to_owned);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for object in objects.into_iter().flatten() {
        if let Some(name) = text(object, "name") {
            *counts.entry(name).or_default() += 1;
        }
    }
    objects
        .into_iter()
        .flatten()
        .filter_map(|object| Some((text(object, id)?, text(object, "name")?)))
        .filter(|(_, name)| counts.get(name) == Some(&1))
        .collect()
}

fn rename(object: &mut Map<String, Value>, member: &str, names: &HashMap<String, String>) {
    if let Some(Value::String(id)) = object.get_mut(member)
        && let Some(name) = names.get(id.as_str())
    {
        id.clone_from(name);
    }
}

fn objects_of<'v>(
    of: &'v mut Map<String, Value>,
    member: &str,
) -> impl Iterator<Item = &'v mut Map<String, Value>> {
    let list = of.get_mut(member).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Numbers by their value, and everything else by its text.
fn sort_key(kind: &Kind, object: &Value) -> Vec<(u64, String)> {
    kind.key
        .iter()
        .map(|member| match object.get(*member) {
            Some(Value::Number(number)) => (number.as_u64().unwrap_or_default(), String::new()),
            Some(Value::String(text)) => (0, text.clone()),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
                (0, String::new())
            }
        })
        .collect()
}
