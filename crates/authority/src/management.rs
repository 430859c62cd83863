//! The Management API's scopes (Auth0's list for its system API).

/// Resources with their verbs, in the order of a live tenant; the last two are of newer features.
const SCOPES: &[(&str, &[&str])] = &[
    ("client_grants", &["read", "create", "delete", "update"]),
    ("users", &["read", "update", "delete", "create"]),
    (
        "users_app_metadata",
        &["read", "update", "delete", "create"],
    ),
    ("user_custom_blocks", &["read", "create", "delete"]),
    ("user_tickets", &["create"]),
    ("clients", &["read", "update", "delete", "create"]),
    ("client_keys", &["read", "update", "delete", "create"]),
    (
        "client_credentials",
        &["read", "update", "delete", "create"],
    ),
    ("connections", &["read", "update", "delete", "create"]),
    ("resource_servers", &["read", "update", "delete", "create"]),
    (
        "device_credentials",
        &["read", "update", "delete", "create"],
    ),
    ("rules", &["read", "update", "delete", "create"]),
    ("rules_configs", &["read", "update", "delete"]),
    ("hooks", &["read", "update", "delete", "create"]),
    ("actions", &["read", "update", "delete", "create"]),
    ("email_provider", &["read", "update", "delete", "create"]),
    ("tokens", &["blacklist"]),
    ("stats", &["read"]),
    ("insights", &["read"]),
    ("tenant_settings", &["read", "update"]),
    ("logs", &["read"]),
    ("logs_users", &["read"]),
    ("shields", &["read", "create", "update", "delete"]),
    ("anomaly_blocks", &["read", "delete"]),
    ("triggers", &["update", "read"]),
    ("grants", &["read", "delete"]),
    ("guardian_factors", &["read", "update"]),
    ("guardian_enrollments", &["read", "delete"]),
    ("guardian_enrollment_tickets", &["create"]),
    ("user_idp_tokens", &["read"]),
    ("passwords_checking_job", &["create", "delete"]),
    ("custom_domains", &["read", "delete", "create", "update"]),
    ("email_templates", &["read", "create", "update"]),
    ("mfa_policies", &["read", "update"]),
    ("roles", &["read", "create", "delete", "update"]),
    ("prompts", &["read", "update"]),
    ("branding", &["read", "update", "delete"]),
    ("log_streams", &["read", "create", "delete", "update"]),
    ("signing_keys", &["create", "read", "update"]),
    ("limits", &["read", "update"]),
    ("role_members", &["create", "read", "delete"]),
    ("entitlements", &["read"]),
    ("attack_protection", &["read", "update"]),
    ("organizations_summary", &["read"]),
    (
        "authentication_methods",
        &["create", "read", "update", "delete"],
    ),
    ("organizations", &["read", "update", "create", "delete"]),
    (
        "organization_discovery_domains",
        &["read", "update", "create", "delete"],
    ),
    ("organization_members", &["create", "read", "delete"]),
    (
        "organization_connections",
        &["create", "read", "update", "delete"],
    ),
    ("organization_member_roles", &["create", "read", "delete"]),
    ("organization_invitations", &["create", "read", "delete"]),
    ("scim_config", &["read", "create", "update", "delete"]),
    ("scim_token", &["create", "read", "delete"]),
    (
        "directory_provisionings",
        &["read", "create", "update", "delete"],
    ),
    ("phone_providers", &["delete", "create", "read", "update"]),
    ("phone_templates", &["delete", "create", "read", "update"]),
    ("encryption_keys", &["create", "read", "update", "delete"]),
    ("sessions", &["read", "update", "delete"]),
    ("refresh_tokens", &["read", "update", "delete"]),
    (
        "self_service_profiles",
        &["create", "read", "update", "delete"],
    ),
    ("sso_access_tickets", &["create", "delete"]),
    ("forms", &["read", "update", "delete", "create"]),
    ("flows", &["read", "update", "delete", "create"]),
    ("flows_vault", &["read"]),
    (
        "flows_vault_connections",
        &["read", "update", "delete", "create"],
    ),
    ("flows_executions", &["read", "delete"]),
    ("connections_options", &["read", "update"]),
    ("self_service_profile_custom_texts", &["read", "update"]),
    ("network_acls", &["create", "update", "read", "delete"]),
    ("vdcs_templates", &["delete", "read", "create", "update"]),
    (
        "custom_signing_keys",
        &["create", "read", "update", "delete"],
    ),
    ("federated_connections_tokens", &["read", "delete"]),
    (
        "user_attribute_profiles",
        &["create", "read", "update", "delete"],
    ),
    ("event_streams", &["read", "create", "delete", "update"]),
    ("event_deliveries", &["read", "update"]),
    (
        "connection_profiles",
        &["create", "read", "update", "delete"],
    ),
    ("group_roles", &["create", "delete", "read"]),
    ("user_effective_permissions", &["read"]),
    ("user_effective_roles", &["read"]),
    ("organization_member_effective_roles", &["read"]),
    ("user_role_source_groups", &["read"]),
    ("organization_member_role_source_groups", &["read"]),
    ("user_permission_source_roles", &["read"]),
    ("organization_groups", &["read", "create", "delete"]),
    ("organization_group_roles", &["read", "create", "delete"]),
    (
        "token_exchange_profiles",
        &["create", "read", "update", "delete"],
    ),
    ("organization_client_grants", &["read", "create", "delete"]),
    (
        "organization_clients",
        &["read", "create", "update", "delete"],
    ),
    ("events", &["read"]),
    (
        "rate_limit_policies",
        &["create", "read", "update", "delete"],
    ),
    ("portals", &["create", "read", "update", "delete"]),
    ("network_acl_keys", &["create", "update", "read", "delete"]),
    ("security_metrics", &["read"]),
    ("connections_keys", &["read", "update", "create"]),
    ("groups", &["create", "read", "update", "delete"]),
    ("group_members", &["read"]),
    ("client_summary", &["read"]),
    ("agents", &["create", "read", "update", "delete"]),
];

/// Every scope of the Management API, `verb:resource`, with the description Auth0 shows: the same
/// words with capitals.
#[must_use]
pub fn scopes() -> Vec<(String, String)> {
    let pairs = SCOPES
        .iter()
        .flat_map(|(resource, verbs)| verbs.iter().map(move |verb| (*verb, *resource)));
    pairs
        .map(|(verb, resource)| {
            let words: Vec<String> = std::iter::once(verb)
                .chain(resource.split('_'))
                .map(capitalized)
                .collect();
            (format!("{verb}:{resource}"), words.join(" "))
        })
        .collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_described_in_capitals_and_none_stands_twice() {
        let scopes = scopes();
        let pair = (
            "read:client_grants".to_owned(),
            "Read Client Grants".to_owned(),
        );
        assert_eq!(scopes.first(), Some(&pair));
        let mut names: Vec<&String> = scopes.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), scopes.len());
    }
}
