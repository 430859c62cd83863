//! Every URL there is, on one page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::Uri;
use http::uri::PathAndQuery;

use tower::Layer as _;

use crate::api::operation::Operations;
use crate::api::organizations::{clients as clients_of, discovery_domains as domains_of, members};
use crate::api::{
    absent, action_modules, action_triggers, action_versions, actions, attack_protection, changes,
    client_credentials, client_grants, clients, custom_domains, custom_signing_keys,
    encryption_keys, import, log_streams, logs, network_acls, organizations, rate_limit_policies,
    resource_servers, secrets, signing_keys, stats, tenant_settings, token_exchange_profiles,
};
use crate::app::AppState;
use crate::{api, dev, health, management_rate, oauth};

/// Where Auth0's Management API is.
pub(crate) const MANAGEMENT: &str = "/api/v2";

/// Where the API is that Auth0 does not have.
pub(crate) const OURS: &str = "/m2mint/v1";

/// The token endpoint. Answered in [`crate::App::answer`], before the router is asked.
pub(crate) const TOKEN: &str = "/oauth/token";

pub(crate) fn router(state: AppState) -> Router {
    let dev_mode = state.node.settings.dev;
    let body_limit = DefaultBodyLimit::max(state.node.settings.management_body_limit);
    let rated = from_fn_with_state(state.clone(), management_rate::show);
    // Around a whole API and not around its routes: a precondition asks another method first.
    let held = |api: Operations| {
        let router = api.router().with_state(state.clone());
        let held = from_fn_with_state(state.clone(), api::precondition::hold).layer(router);
        rated.layer(held)
    };
    let mut router = Router::new()
        // For verifiers.
        .route(
            "/.well-known/openid-configuration",
            get(oauth::well_known::metadata),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            get(oauth::well_known::metadata),
        )
        .route("/.well-known/jwks.json", get(oauth::well_known::jwks))
        // For load balancers.
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        // For administrators and their tools.
        .nest_service(MANAGEMENT, held(management()))
        .route("/m2mint/v1/openapi.json", get(api::openapi::show))
        .nest_service(OURS, held(ours()))
        .fallback(oauth::error::not_found);
    if dev_mode {
        router = router
            .route("/dev/reset", post(dev::reset))
            .route("/dev/token", post(dev::token));
    }
    let recorded = from_fn_with_state(state.clone(), api::history::record);
    let limited = from_fn_with_state(state.clone(), health::within_deadline);
    router
        // Behind every route: it covers those that are there already and have no other.
        .method_not_allowed_fallback(oauth::error::method_not_allowed)
        .layer(recorded)
        .layer(limited)
        .layer(body_limit)
        .with_state(state)
}

/// The same address without the slash at its end, which Auth0 tolerates under `/api/v2/`.
pub(crate) fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/')?;
    if !path.strip_prefix(MANAGEMENT)?.starts_with('/') {
        return None;
    }
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

/// Auth0's Management API v2.
pub(crate) fn management() -> Operations {
    let operations = absent::routed(attack_protection::routed(Operations::new()));
    surroundings(scripts(register(operations)))
}

/// Who may ask for what.
fn register(operations: Operations) -> Operations {
    operations
        .with(&clients::LIST, clients::list)
        .with(&clients::CREATE, clients::create)
        .with(&clients::cimd::PREVIEW, clients::cimd::preview)
        .with(&clients::cimd::REGISTER, clients::cimd::register)
        .with(&clients::SHOW, clients::show)
        .with(&clients::UPDATE, clients::update)
        .with(&clients::DELETE, clients::delete)
        .with(&clients::ROTATE_SECRET, clients::rotate_secret)
        .with(&clients::CONNECTIONS, clients::connections)
        .with(&client_credentials::LIST, client_credentials::list)
        .with(&client_credentials::CREATE, client_credentials::create)
        .with(&client_credentials::SHOW, client_credentials::show)
        .with(&client_credentials::UPDATE, client_credentials::update)
        .with(&client_credentials::DELETE, client_credentials::delete)
        .with(&resource_servers::LIST, resource_servers::list)
        .with(&resource_servers::CREATE, resource_servers::create)
        .with(&resource_servers::SHOW, resource_servers::show)
        .with(&resource_servers::UPDATE, resource_servers::update)
        .with(&resource_servers::DELETE, resource_servers::delete)
        .with(&client_grants::LIST, client_grants::list)
        .with(&client_grants::CREATE, client_grants::create)
        .with(&client_grants::SHOW, client_grants::show)
        .with(&client_grants::UPDATE, client_grants::update)
        .with(&client_grants::DELETE, client_grants::delete)
        .with(&client_grants::ORGANIZATIONS, client_grants::organizations)
        .with(&organizations::LIST, organizations::list)
        .with(&organizations::CREATE, organizations::create)
        .with(&organizations::SHOW_NAMED, organizations::show_named)
        .with(&organizations::SHOW, organizations::show)
        .with(&organizations::UPDATE, organizations::update)
        .with(&organizations::DELETE, organizations::delete)
        .with(&organizations::GRANTS, organizations::grants)
        .with(&organizations::ADD_GRANT, organizations::add_grant)
        .with(&organizations::REMOVE_GRANT, organizations::remove_grant)
        .with(&clients_of::LIST, clients_of::list_all)
        .with(&clients_of::ADD, clients_of::add)
        .with(&clients_of::REMOVE, clients_of::remove)
        .with(&clients_of::SHOW, clients_of::show)
        .with(&clients_of::UPDATE, clients_of::update)
        .with(&domains_of::LIST, domains_of::list_all)
        .with(&domains_of::CREATE, domains_of::create)
        .with(&domains_of::SHOW_NAMED, domains_of::show_named)
        .with(&domains_of::SHOW, domains_of::show)
        .with(&domains_of::UPDATE, domains_of::update)
        .with(&domains_of::DELETE, domains_of::delete)
        .with(&members::LIST_CONNECTIONS, members::connections)
        .with(&members::ADD_CONNECTION, members::no_connection)
        .with(&members::SHOW_CONNECTION, members::no_connection)
        .with(&members::UPDATE_CONNECTION, members::no_connection)
        .with(&members::REMOVE_CONNECTION, members::gone)
        .with(&members::LIST_ENABLED, members::enabled_connections)
        .with(&members::ENABLE_CONNECTION, members::no_connection)
        .with(&members::SHOW_ENABLED, members::no_connection)
        .with(&members::UPDATE_ENABLED, members::no_connection)
        .with(&members::DISABLE_CONNECTION, members::gone)
        .with(&members::LIST_MEMBERS, members::members)
        .with(&members::ADD_MEMBERS, members::no_user)
        .with(&members::REMOVE_MEMBERS, members::gone)
        .with(&members::LIST_INVITATIONS, members::invitations)
        .with(&members::INVITE, members::no_invitations)
        .with(&members::SHOW_INVITATION, members::no_invitation)
        .with(&members::REMOVE_INVITATION, members::gone)
        .with(&tenant_settings::SHOW, tenant_settings::show)
        .with(&tenant_settings::UPDATE, tenant_settings::update)
}

/// Actions.
fn scripts(operations: Operations) -> Operations {
    operations
        .with(&actions::LIST, actions::list)
        .with(&actions::CREATE, actions::create)
        .with(&actions::SHOW, actions::show)
        .with(&actions::UPDATE, actions::update)
        .with(&actions::DELETE, actions::delete)
        .with(&actions::TEST, actions::test)
        .with(&actions::EXECUTION, actions::execution)
        .with(&action_versions::DEPLOY, action_versions::deploy)
        .with(&action_versions::LIST, action_versions::list)
        .with(&action_versions::SHOW, action_versions::show)
        .with(&action_versions::ROLL_BACK, action_versions::roll_back)
        .with(&action_triggers::LIST, action_triggers::list)
        .with(&action_triggers::BINDINGS, action_triggers::bindings)
        .with(
            &action_triggers::SET_BINDINGS,
            action_triggers::set_bindings,
        )
        .with(&action_modules::LIST, action_modules::list)
        .with(&action_modules::CREATE, action_modules::create)
        .with(&action_modules::SHOW, action_modules::show)
        .with(&action_modules::UPDATE, action_modules::update)
        .with(&action_modules::DELETE, action_modules::delete)
        .with(&action_modules::ACTIONS, action_modules::used_by)
        .with(&action_modules::VERSIONS, action_modules::versions)
        .with(&action_modules::PUBLISH, action_modules::publish)
        .with(&action_modules::VERSION, action_modules::version)
        .with(&action_modules::ROLL_BACK, action_modules::roll_back)
}

/// Keys, logs, domains, and who may come how often.
fn surroundings(operations: Operations) -> Operations {
    operations
        .with(&signing_keys::LIST, signing_keys::list)
        .with(&signing_keys::ROTATE, signing_keys::rotate)
        .with(&signing_keys::SHOW, signing_keys::show)
        .with(&signing_keys::REVOKE, signing_keys::revoke)
        .with(&custom_signing_keys::SHOW, custom_signing_keys::show)
        .with(&custom_signing_keys::REPLACE, custom_signing_keys::replace)
        .with(&custom_signing_keys::DELETE, custom_signing_keys::delete)
        .with(&encryption_keys::LIST, encryption_keys::list_all)
        .with(&encryption_keys::REKEY, encryption_keys::rekey)
        .with(&encryption_keys::SHOW, encryption_keys::show)
        .with(&custom_domains::LIST, custom_domains::list_all)
        .with(&custom_domains::CREATE, custom_domains::create)
        .with(&custom_domains::SHOW_DEFAULT, custom_domains::show_default)
        .with(
            &custom_domains::UPDATE_DEFAULT,
            custom_domains::update_default,
        )
        .with(&custom_domains::SHOW, custom_domains::show)
        .with(&custom_domains::UPDATE, custom_domains::update)
        .with(&custom_domains::DELETE, custom_domains::delete)
        .with(&custom_domains::VERIFY, custom_domains::verify)
        .with(&custom_domains::TEST, custom_domains::test)
        .with(&network_acls::LIST, network_acls::list_all)
        .with(&network_acls::CREATE, network_acls::create)
        .with(&network_acls::SHOW, network_acls::show)
        .with(&network_acls::UPDATE, network_acls::update)
        .with(&network_acls::REPLACE, network_acls::replace)
        .with(&network_acls::DELETE, network_acls::delete)
        .with(&rate_limit_policies::LIST, rate_limit_policies::list_all)
        .with(&rate_limit_policies::CREATE, rate_limit_policies::create)
        .with(&rate_limit_policies::SHOW, rate_limit_policies::show)
        .with(&rate_limit_policies::UPDATE, rate_limit_policies::update)
        .with(&rate_limit_policies::DELETE, rate_limit_policies::delete)
        .with(
            &token_exchange_profiles::LIST,
            token_exchange_profiles::list_all,
        )
        .with(
            &token_exchange_profiles::CREATE,
            token_exchange_profiles::create,
        )
        .with(
            &token_exchange_profiles::SHOW,
            token_exchange_profiles::show,
        )
        .with(
            &token_exchange_profiles::UPDATE,
            token_exchange_profiles::update,
        )
        .with(
            &token_exchange_profiles::DELETE,
            token_exchange_profiles::delete,
        )
        .with(&logs::LIST, logs::list)
        .with(&logs::SHOW, logs::show)
        .with(&log_streams::LIST, log_streams::list)
        .with(&log_streams::CREATE, log_streams::create)
        .with(&log_streams::SHOW, log_streams::show)
        .with(&log_streams::UPDATE, log_streams::update)
        .with(&log_streams::DELETE, log_streams::delete)
        .with(&stats::DAILY, stats::daily)
        .with(&stats::ACTIVE_USERS, stats::active_users)
}

/// What Auth0 does not have.
pub(crate) fn ours() -> Operations {
    Operations::new()
        .with(&import::IMPORT, import::import)
        .with(&secrets::LIST, secrets::list)
        .with(&secrets::ADD, secrets::add)
        .with(&secrets::RETIRE, secrets::retire)
        .with(&changes::LIST, changes::list)
}
