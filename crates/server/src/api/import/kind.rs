//! The kinds of objects an import knows: where they are, and what tells them apart.

use serde_json::Value;

use crate::api::operation::Operation;
use crate::api::{
    action_modules, actions, client_grants, clients, custom_domains, log_streams, network_acls,
    organizations, rate_limit_policies, resource_servers, token_exchange_profiles,
};

/// One kind of object.
pub(super) struct Kind {
    /// The member of the document that lists them.
    pub(super) member: &'static str,
    /// What one of them is called.
    pub(super) noun: &'static str,
    /// Lists all of them.
    pub(super) list: &'static str,
    pub(super) paging: Paging,
    /// The member that names one for good.
    pub(super) id: &'static str,
    /// What tells them apart for people.
    pub(super) key: &'static [&'static str],
    pub(super) create: &'static Operation,
    pub(super) update: &'static Operation,
    /// Members of the document that are no members of the object, or nothing to an import.
    pub(super) aside: &'static [&'static str],
    /// Members that an update replaces whole.
    pub(super) whole: &'static [&'static str],
    /// A member of the document that is true for what is to be done when an object is made, and the
    /// member of the call that asks for it.
    pub(super) at_once: Option<(&'static str, &'static str)>,
    /// Those that the server made, and no import touches.
    pub(super) fixed: fn(&Value) -> bool,
}

/// How a list comes.
pub(super) enum Paging {
    /// Page by page, in this member.
    Pages(&'static str),
    /// From mark to mark, in this member.
    Marks(&'static str),
    /// Whole, as a bare array.
    Whole,
}

/// What a document has beside lists of objects.
pub(super) const SETTINGS: [&str; 3] = ["tenant", "triggers", "attackProtection"];

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
        paging: Paging::Pages("resource_servers"),
        id: "id",
        key: &["identifier"],
        create: &resource_servers::CREATE,
        update: &resource_servers::UPDATE,
        aside: &["client_id"],
        whole: &["scopes"],
        at_once: None,
        fixed: |object| object.get("is_system") == Some(&Value::Bool(true)),
    },
    Kind {
        member: "actionModules",
        noun: "action module",
        list: "/actions/modules",
        paging: Paging::Pages("modules"),
        id: "id",
        key: &["name"],
        create: &action_modules::CREATE,
        update: &action_modules::UPDATE,
        aside: &["all_changes_published"],
        whole: &[],
        at_once: Some(("all_changes_published", "publish")),
        fixed: |_| false,
    },
    Kind {
        member: "actions",
        noun: "action",
        list: "/actions/actions",
        paging: Paging::Pages("actions"),
        id: "id",
        key: &["name"],
        create: &actions::CREATE,
        update: &actions::UPDATE,
        aside: &["deployed", "installed_integration_id"],
        whole: &[],
        at_once: Some(("deployed", "deploy")),
        fixed: |_| false,
    },
    Kind {
        member: "clients",
        noun: "application",
        list: "/clients?include_totals=true&is_global=false",
        paging: Paging::Pages("clients"),
        id: "client_id",
        key: &["name"],
        create: &clients::CREATE,
        update: &clients::UPDATE,
        aside: &[],
        whole: &[],
        at_once: None,
        fixed: |object| object.get("global") == Some(&Value::Bool(true)),
    },
    Kind {
        member: "clientGrants",
        noun: "grant",
        list: "/client-grants?include_totals=true",
        paging: Paging::Pages("client_grants"),
        id: "id",
        key: &["client_id", "default_for", "audience", "subject_type"],
        create: &client_grants::CREATE,
        update: &client_grants::UPDATE,
        aside: &[],
        whole: &[],
        at_once: None,
        fixed: |object| object.get("is_system") == Some(&Value::Bool(true)),
    },
    Kind {
        member: "organizations",
        noun: "organization",
        list: "/organizations?include_totals=true",
        paging: Paging::Pages("organizations"),
        id: "id",
        key: &["name"],
        create: &organizations::CREATE,
        update: &organizations::UPDATE,
        aside: &[
            "client_grants",
            "clients",
            "connections",
            "discovery_domains",
        ],
        whole: &[],
        at_once: None,
        fixed: |_| false,
    },
    Kind {
        member: "customDomains",
        noun: "custom domain",
        list: "/custom-domains",
        paging: Paging::Whole,
        id: "custom_domain_id",
        key: &["domain"],
        create: &custom_domains::CREATE,
        update: &custom_domains::UPDATE,
        aside: &[],
        whole: &[],
        at_once: None,
        fixed: |_| false,
    },
    Kind {
        member: "tokenExchangeProfiles",
        noun: "token exchange profile",
        list: "/token-exchange-profiles",
        paging: Paging::Marks("token_exchange_profiles"),
        id: "id",
        key: &["name"],
        create: &token_exchange_profiles::CREATE,
        update: &token_exchange_profiles::UPDATE,
        aside: &[],
        whole: &[],
        at_once: None,
        fixed: |_| false,
    },
    Kind {
        member: "logStreams",
        noun: "log stream",
        list: "/log-streams",
        paging: Paging::Whole,
        id: "id",
        key: &["name"],
        create: &log_streams::CREATE,
        update: &log_streams::UPDATE,
        aside: &[],
        whole: &["filters"],
        at_once: None,
        fixed: |_| false,
    },
    Kind {
        member: "networkACLs",
        noun: "network ACL",
        list: "/network-acls",
        paging: Paging::Pages("network_acls"),
        id: "id",
        key: &["description"],
        create: &network_acls::CREATE,
        update: &network_acls::UPDATE,
        aside: &[],
        whole: &["rule"],
        at_once: None,
        fixed: |_| false,
    },
    Kind {
        member: "rateLimitPolicies",
        noun: "rate limit policy",
        list: "/rate-limit-policies",
        paging: Paging::Marks("rate_limit_policies"),
        id: "id",
        key: &["resource", "consumer", "consumer_selector"],
        create: &rate_limit_policies::CREATE,
        update: &rate_limit_policies::UPDATE,
        aside: &[],
        whole: &["configuration"],
        at_once: None,
        fixed: |_| false,
    },
];
