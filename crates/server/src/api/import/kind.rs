//! The kinds of objects an import knows: where they are, and what tells them apart.

use serde_json::Value;

use crate::api::operation::Operation;
use crate::api::{client_grants, clients, organizations, resource_servers};

/// One kind of object.
pub(super) struct Kind {
    /// The member of the document that lists them.
    pub(super) member: &'static str,
    /// What one of them is called.
    pub(super) noun: &'static str,
    /// Lists all of them; `page` and `per_page`, or `take` and `from`, are added.
    pub(super) list: &'static str,
    /// The member of a page that holds them; `None` for a bare array of all.
    pub(super) entity: Option<&'static str>,
    /// The member that names one for good.
    pub(super) id: &'static str,
    /// What tells them apart for people.
    pub(super) key: &'static [&'static str],
    pub(super) create: &'static Operation,
    pub(super) update: &'static Operation,
    /// Those that the server made, and no import touches.
    pub(super) fixed: fn(&Value) -> bool,
}

impl Kind {
    /// What tells one from the others.
    pub(super) fn name<'v>(&self, member: impl Fn(&str) -> Option<&'v Value>) -> String {
        let parts: Vec<&str> = self
            .key
            .iter()
            .filter_map(|name| member(name)?.as_str())
            .collect();
        parts.join(" ")
    }
}

/// All kinds, in the order in which they may refer to one another.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        member: "resourceServers",
        noun: "API",
        list: "/resource-servers?include_totals=true",
        entity: Some("resource_servers"),
        id: "id",
        key: &["identifier"],
        create: &resource_servers::CREATE,
        update: &resource_servers::UPDATE,
        fixed: |object| object.get("is_system") == Some(&Value::Bool(true)),
    },
    Kind {
        member: "clients",
        noun: "application",
        list: "/clients?include_totals=true&is_global=false",
        entity: Some("clients"),
        id: "client_id",
        key: &["name"],
        create: &clients::CREATE,
        update: &clients::UPDATE,
        fixed: |object| object.get("global") == Some(&Value::Bool(true)),
    },
    Kind {
        member: "clientGrants",
        noun: "grant",
        list: "/client-grants?include_totals=true",
        entity: Some("client_grants"),
        id: "id",
        key: &["client_id", "default_for", "audience", "subject_type"],
        create: &client_grants::CREATE,
        update: &client_grants::UPDATE,
        fixed: |object| object.get("is_system") == Some(&Value::Bool(true)),
    },
    Kind {
        member: "organizations",
        noun: "organization",
        list: "/organizations?include_totals=true",
        entity: Some("organizations"),
        id: "id",
        key: &["name"],
        create: &organizations::CREATE,
        update: &organizations::UPDATE,
        fixed: |_| false,
    },
];
