//! `docs/errors.md` is what the server answers: each row is a request that was made here.
//!
//! `M2MINT_WRITE_DOCS=1 cargo test -p m2mint-server --test errors_doc` writes it anew.

#![expect(
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a table, a row a request; a helper that fails is a test that fails"
)]

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::path::Path;

use base64::Engine as _;
use http::Method;
use m2mint_authority::log::Durability;
use m2mint_authority::registry::EntityLimits;
use m2mint_server::{ManagementRate, Settings};
use m2mint_testkit::{Answer, Credentials, TestApp};
use serde_json::{Value, json};

const API: &str = "https://api.example";

const HEAD: &str = "\
# Errors

What the server answers when it refuses, and what to do then. A test makes each of these requests and
writes this page from the answers (`crates/server/tests/errors_doc.rs`); do not edit it by hand.

The token endpoint speaks as Auth0 does: `{\"error\": code, \"error_description\": text}`. The Management
API has Auth0's envelope: `{\"statusCode\", \"error\", \"message\", \"errorCode\"}`, where `errorCode` may
be missing. Every refusal carries `Cache-Control: no-store`, every 401 a challenge in
`WWW-Authenticate`, and every 503 a `Retry-After`. A failed authentication never says which part was
wrong; the tenant's log does.
";

/// Rows of one table.
#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, situation: &str, answer: &Answer, advice: &str, names: &[(&str, &str)]) {
        let json = answer.json();
        let one = |members: [&str; 2]| {
            let found = members.iter().find_map(|member| json[member].as_str());
            found.unwrap_or_default().to_owned()
        };
        let managed = json.get("statusCode").is_some();
        let code = if managed {
            one(["errorCode", "none"])
        } else {
            one(["error", "none"])
        };
        let mut text = one(["error_description", "message"]).replace('|', "\\|");
        for (value, name) in names {
            text = text.replace(value, name);
        }
        assert!(!text.is_empty(), "{situation}: {answer}");
        assert!(400 <= answer.status.as_u16(), "{situation}: {answer}");
        let code = if code.is_empty() {
            "–".to_owned()
        } else {
            format!("`{code}`")
        };
        let status = answer.status.as_u16();
        writeln!(
            self.0,
            "| {situation} | {status} | {code} | {text} | {advice} |"
        )
        .unwrap();
    }
}

async fn token_errors() -> Table {
    let app = TestApp::new().await;
    let mut table = Table::default();
    app.api(API, &["read:a"]).await;
    app.api("https://other.example", &[]).await;
    let client = app.client("billing").await;
    let names = [(client.id.as_str(), "CLIENT_ID")];
    app.grant(&client, API, &["read:a"]).await;
    let asked = format!("audience={API}");

    // CallError: the request cannot be read.
    for (situation, form, advice) in [
        (
            "No `grant_type`",
            "client_id=a",
            "Send `grant_type=client_credentials`.",
        ),
        (
            "Another grant type",
            "grant_type=password",
            "Only `client_credentials` is served.",
        ),
        (
            "A parameter stands twice",
            "grant_type=a&grant_type=b",
            "Send each parameter once.",
        ),
        (
            "`scope` holds quotes or control characters",
            "grant_type=client_credentials&scope=%22",
            "Scopes are visible ASCII without `\"` and `\\`, separated by spaces.",
        ),
        (
            "A client assertion",
            "grant_type=client_credentials&client_assertion=a.b.c",
            "Use a client secret; `private_key_jwt` is not served yet.",
        ),
    ] {
        table.row(situation, &app.form(form).await, advice, &names);
    }
    let body = json!({"grant_type": "client_credentials", "scope": 7});
    let advice = "Send a string, or a list of strings.";
    table.row(
        "`scope` of the wrong JSON type",
        &app.json(&body).await,
        advice,
        &names,
    );
    let post = async |kind: &str, body: String| {
        let headers = [("content-type", kind)];
        app.raw(Method::POST, "/oauth/token", &headers, body).await
    };
    table.row(
        "The body is not JSON",
        &post("application/json", "{".into()).await,
        "Check what builds the body.",
        &names,
    );
    table.row(
        "Another content type",
        &post("text/plain", String::new()).await,
        "Send a form or JSON, and say which.",
        &names,
    );
    let long = "x".repeat(100_000);
    table.row(
        "The body is longer than `body_limit`",
        &post("application/json", long).await,
        "Send less; a token request has a few hundred bytes.",
        &names,
    );
    let get = app.raw(Method::GET, "/oauth/token", &[], "").await;
    table.row("Another method", &get, "Send a POST.", &names);
    let elsewhere = app
        .raw(
            Method::POST,
            "/oauth/token",
            &[("host", "unknown.example")],
            "",
        )
        .await;
    table.row(
        "A host name that no tenant has",
        &elsewhere,
        "Use the tenant's domain; `m2mint tenants list` shows it.",
        &names,
    );

    // AuthenticationFailure: the caller was not believed.
    let nobody = app.form("grant_type=client_credentials").await;
    table.row(
        "No client is named",
        &nobody,
        "Send `client_id` and `client_secret`, in the body or as Basic.",
        &names,
    );
    let wrong = Credentials {
        secret: "wrong".into(),
        ..client.clone()
    };
    let refused = app.token(&wrong, &asked).await;
    table.row(
        "Unknown client; wrong, expired or missing secret",
        &refused,
        "The log says which: look for `feccft`.",
        &names,
    );

    // Denial: the caller may not have what it asks for.
    table.row(
        "No audience, and the tenant has no default",
        &app.token(&client, "").await,
        "Send `audience`, or set the tenant's `default_audience`.",
        &names,
    );
    table.row(
        "The audience is no API of the tenant",
        &app.token(&client, "audience=https://none.example").await,
        "Compare with the API's identifier, to the byte: a slash at the end counts.",
        &names,
    );
    table.row(
        "The client has no grant for the API, or the API refuses all clients",
        &app.token(&client, "audience=https://other.example").await,
        "Create a client grant.",
        &names,
    );
    table.row(
        "A scope that was not granted",
        &app.token(&client, &format!("{asked}&scope=write:a")).await,
        "Add it to the client grant, or do not ask for it.",
        &names,
    );
    let action = json!({
        "name": "add claims",
        "supported_triggers": [{"id": "credentials-exchange"}],
        "deploy": true,
    });
    app.post("/api/v2/actions/actions", &action).await;
    let bindings = "/api/v2/actions/triggers/credentials-exchange/bindings";
    let bound = json!({"bindings": [{"ref": {"value": "add claims"}}]});
    app.patch(bindings, &bound).await;
    table.row(
        "An action is bound to `credentials-exchange`, and this server cannot run actions yet",
        &app.token(&client, &asked).await,
        "Remove the binding.",
        &names,
    );
    app.patch(bindings, &json!({"bindings": []})).await;
    let path = format!("/api/v2/clients/{}", client.id);
    app.patch(&path, &json!({"require_proof_of_possession": true}))
        .await;
    table.row(
        "The client must prove possession of a key, which this server cannot check yet",
        &app.token(&client, &asked).await,
        "Set the client's `require_proof_of_possession` to `false`.",
        &names,
    );
    app.patch(&path, &json!({"require_proof_of_possession": false}))
        .await;
    let organization = app
        .post("/api/v2/organizations", &json!({"name": "customer"}))
        .await
        .text("id");
    table.row(
        "An organization, and the grant allows none",
        &app.token(&client, &format!("{asked}&organization={organization}"))
            .await,
        "Set the grant's `organization_usage` to `allow` or `require`.",
        &names,
    );
    let grant = app.get("/api/v2/client-grants").await.json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"organization_usage": "require"});
    app.patch(&format!("/api/v2/client-grants/{grant}"), &body)
        .await;
    table.row(
        "No organization, and the grant requires one",
        &app.token(&client, &asked).await,
        "Send `organization`, or give the client a default one.",
        &names,
    );
    table.row(
        "An organization that is unknown, or that the grant is not for",
        &app.token(&client, &format!("{asked}&organization=org_unknown"))
            .await,
        "Associate the grant with the organization.",
        &names,
    );
    table.row(
        "An organization's name, and the tenant wants ids",
        &app.token(&client, &format!("{asked}&organization=customer"))
            .await,
        "Send the id, or set `allow_organization_name_in_authentication_api`.",
        &names,
    );
    for (identifier, settings, situation, advice) in [
        (
            "https://bound.example",
            json!({"proof_of_possession": {"mechanism": "dpop", "required": true}}),
            "The API requires proof of possession",
            "Nothing yet: tokens are not bound here. Set `required` to `false` for bearer tokens.",
        ),
        (
            "https://sealed.example",
            json!({"token_encryption": encryption()}),
            "The API wants encrypted tokens",
            "Nothing yet: tokens are not encrypted here. Take the API's `token_encryption` away for \
             signed ones.",
        ),
    ] {
        let id = app.api(identifier, &[]).await;
        app.patch(&format!("/api/v2/resource-servers/{id}"), &settings)
            .await;
        app.grant(&client, identifier, &[]).await;
        let refused = app.token(&client, &format!("audience={identifier}")).await;
        table.row(situation, &refused, advice, &names);
    }
    let body = json!({"grant_types": []});
    app.patch(&format!("/api/v2/clients/{}", client.id), &body)
        .await;
    table.row(
        "The client may not use the grant type",
        &app.token(&client, &asked).await,
        "Add `client_credentials` to the client's `grant_types`.",
        &names,
    );
    table.0.push_str("| The log cannot be written, and `log.durability` is `durable` | 503 | `temporarily_unavailable` | The log cannot be written. Please try again. | Try again; look at the disk. |\n");
    table.0.push_str("| The request takes longer than the deadline | 408 | `invalid_request` | The request took too long. | Look at the network between. |\n");
    table.0.push_str("| Anything else that is the server's own fault | 500 | `server_error` | Internal server error | Read the server's log. |\n");
    table
}

/// Settings that encrypt the tokens of an API.
fn encryption() -> Value {
    let key = m2mint_jose::PrivateKey::generate(m2mint_jose::KeyKind::Rsa2048).unwrap();
    let der = m2mint_jose::certificate::self_signed(&key, "api.example", 0, [7; 9]).unwrap();
    let packed = base64::engine::general_purpose::STANDARD.encode(der);
    json!({
        "format": "compact-nested-jwe",
        "encryption_key": {
            "alg": "RSA-OAEP-256",
            "pem": format!("-----BEGIN CERTIFICATE-----\n{packed}\n-----END CERTIFICATE-----\n"),
        },
    })
}

async fn management_errors() -> Table {
    let app = TestApp::new().await;
    let mut table = Table::default();
    let id = app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    let grant = app.grant(&client, API, &["read:a"]).await;
    let organization = app
        .post("/api/v2/organizations", &json!({"name": "customer"}))
        .await
        .text("id");
    let names = [(client.id.as_str(), "CLIENT_ID")];

    let ask = async |token: &str| {
        app.manage_as(token, Method::GET, "/api/v2/clients", &Value::Null)
            .await
    };
    let bare = app.raw(Method::GET, "/api/v2/clients", &[], "").await;
    table.row(
        "No token, or two",
        &bare,
        "Send `Authorization: Bearer TOKEN`, once.",
        &names,
    );
    table.row(
        "A token of another tenant, for another audience, or none at all",
        &ask("x").await,
        "Ask for a token with the audience `https://DOMAIN/api/v2/`.",
        &names,
    );
    let narrow = app.scoped_token(&["read:users"]).await;
    table.row(
        "A token without the scope",
        &ask(&narrow).await,
        "Grant the client one of the scopes named.",
        &names,
    );
    app.clock().advance_secs(86_400);
    table.row(
        "An expired token",
        &app.get("/api/v2/clients").await,
        "Ask for a new one.",
        &names,
    );
    app.clock().advance_secs(-86_400);

    let grants = "/api/v2/client-grants";
    let apis = "/api/v2/resource-servers";
    let own = "https:%2F%2Facme.example%2Fapi%2Fv2%2F";
    let in_organization = format!("/api/v2/organizations/{organization}/client-grants");
    app.post(&in_organization, &json!({"grant_id": grant}))
        .await;
    let clients = "/api/v2/clients";
    let secrets = format!("/m2mint/v1/clients/{}/secrets", client.id);
    let secret = app.get(&secrets).await.json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let global = app.get("/api/v2/clients?is_global=true").await.json()[0]["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let kid = app.get("/api/v2/keys/signing").await.json()[0]["kid"]
        .as_str()
        .unwrap()
        .to_owned();
    let theirs = app
        .post(clients, &json!({"name": "theirs", "is_first_party": false}))
        .await
        .text("client_id");
    let pairs: serde_json::Map<String, Value> = (0..11)
        .map(|number| (number.to_string(), json!("x")))
        .collect();

    let delete = (Method::DELETE, Value::Null);
    let get = (Method::GET, Value::Null);
    let post = |body: Value| (Method::POST, body);
    let put = (Method::PUT, Value::Null);
    let rows: Vec<(&str, String, (Method, Value), &str)> = vec![
        (
            "A member nobody knows",
            clients.into(),
            post(json!({"name": "x", "scopes": []})),
            "Leave it out.",
        ),
        (
            "A value that breaks a rule",
            clients.into(),
            post(json!({"name": "a<b"})),
            "The text names the member and the rule.",
        ),
        (
            "A member that is missing",
            clients.into(),
            post(json!({})),
            "Add it.",
        ),
        (
            "Two ways to authenticate at once",
            clients.into(),
            post(json!({
                "name": "x",
                "token_endpoint_auth_method": "client_secret_post",
                "client_authentication_methods": {"private_key_jwt": {"credentials": []}},
            })),
            "Set one of the two to `null`.",
        ),
        (
            "Deleting the global client",
            format!("{clients}/{global}"),
            delete.clone(),
            "It stays: change its settings instead.",
        ),
        (
            "Too many of something",
            clients.into(),
            post(json!({"name": "x", "client_metadata": pairs})),
            "Delete some first.",
        ),
        (
            "A query that cannot be read",
            format!("{clients}?per_page=101"),
            get.clone(),
            "The text names the parameter.",
        ),
        (
            "A path that is not there",
            "/api/v2/nothing".into(),
            get.clone(),
            "Check the address.",
        ),
        (
            "Another method",
            "/api/v2/tenants/settings".into(),
            post(json!({})),
            "The header `Allow` names those there are.",
        ),
        (
            "A path that is not UTF-8",
            format!("{clients}/%FF"),
            get.clone(),
            "Check what builds the address.",
        ),
        (
            "A client that is not there",
            format!("{clients}/none"),
            get.clone(),
            "Check the id, and the tenant.",
        ),
        (
            "An API that is not there",
            format!("{apis}/none"),
            get.clone(),
            "Check the id or the identifier.",
        ),
        (
            "A grant that is not there",
            format!("{grants}/none"),
            get.clone(),
            "Check the id.",
        ),
        (
            "An organization that is not there",
            "/api/v2/organizations/none".into(),
            get.clone(),
            "Check the id or the name.",
        ),
        (
            "A signing key that is not there",
            "/api/v2/keys/signing/none".into(),
            get.clone(),
            "Check the `kid`.",
        ),
        (
            "A log event that is not there",
            "/api/v2/logs/none".into(),
            get,
            "It may have been purged.",
        ),
        (
            "A secret that is not there",
            format!("{secrets}/none"),
            delete.clone(),
            "List the secrets for their ids.",
        ),
        (
            "A grant for an API that is not there",
            grants.into(),
            post(json!({"client_id": client.id, "audience": "https://none.example"})),
            "Register the API first.",
        ),
        (
            "A second grant for the same client and API",
            grants.into(),
            post(json!({"client_id": client.id, "audience": API})),
            "Change the one there is.",
        ),
        (
            "A grant with scopes the API does not have",
            grants.into(),
            post(json!({"client_id": theirs, "audience": API, "scope": ["x"]})),
            "Add them to the API first.",
        ),
        (
            "A grant that a third-party client may not have",
            grants.into(),
            post(json!({"client_id": theirs, "audience": "https://acme.example/api/v2/"})),
            "Use a first-party client.",
        ),
        (
            "An identifier that is taken",
            apis.into(),
            post(json!({"identifier": API})),
            "Change the API there is, or choose another identifier.",
        ),
        (
            "An identifier of the server's own",
            apis.into(),
            post(json!({"identifier": "https://acme.example/api/v2/"})),
            "Choose another one.",
        ),
        (
            "Changing the Management API itself",
            format!("{apis}/{own}"),
            (Method::PATCH, json!({"name": "x"})),
            "Only its lifetimes and access policy can be changed.",
        ),
        (
            "An organization's name that is taken",
            "/api/v2/organizations".into(),
            post(json!({"name": "customer"})),
            "Choose another one.",
        ),
        (
            "An association that is there already",
            in_organization,
            post(json!({"grant_id": grant})),
            "Nothing: it is as you want it.",
        ),
        (
            "Retiring the only secret",
            format!("{secrets}/{secret}"),
            delete,
            "Add a new one first.",
        ),
        (
            "Revoking a key that still signs, or will",
            format!("/api/v2/keys/signing/{kid}/revoke"),
            put,
            "Rotate first; only a previous key can be revoked.",
        ),
    ];
    for (situation, path, (method, body), advice) in rows {
        let answer = app.manage(method, &path, &body).await;
        table.row(situation, &answer, advice, &names);
    }
    assert_eq!(app.get(&format!("{apis}/{id}")).await.status, 200);
    table.0.push_str("| Other writers were first too often, or the store does not answer | 503 | – | Too many writers at once. Please try again. / The store is not available. Please try again. | Try again; look at the disk. |\n");
    table.0.push_str("| Anything else that is the server's own fault | 500 | – | The server could not do this. Its log says why. | Read the server's log. |\n");
    table
}

/// What rules, policies and limits of an operator or a tenant refuse.
async fn edge_errors() -> (Table, Table) {
    let mut limits = EntityLimits::default();
    assert!(limits.set("organization", 1));
    let settings = Settings {
        dev: true,
        management_rate: Some(ManagementRate {
            per_second: NonZeroU32::new(20).unwrap(),
            burst: NonZeroU32::new(20).unwrap(),
        }),
        ..Settings::default()
    };
    let app = TestApp::with_limits(settings, Durability::Buffered, limits).await;
    let (mut token, mut management) = (Table::default(), Table::default());
    app.api(API, &[]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;
    let policy = json!({
        "resource": "oauth_authentication_api",
        "consumer": "client",
        "consumer_selector": "default",
        "configuration": {"action": "block", "limit": 0},
    });
    let policies = "/api/v2/rate-limit-policies";
    app.post(policies, &policy).await;
    token.row(
        "A rate limit policy of the tenant allows no more requests in this second",
        &app.token(&client, &format!("audience={API}")).await,
        "Wait for the seconds of `Retry-After`; keep tokens for as long as they live.",
        &[],
    );
    let acl = json!({
        "description": "nobody from there",
        "active": true,
        "priority": 1,
        "rule": {
            "action": {"block": true},
            "match": {"user_agents": ["unwanted"]},
            "scope": "tenant",
        },
    });
    let acls = "/api/v2/network-acls";
    app.post(acls, &acl).await;
    let unwanted = [("user-agent", "unwanted")];
    token.row(
        "A network ACL of the tenant blocks the caller",
        &app.raw(Method::POST, "/oauth/token", &unwanted, "").await,
        "Ask from elsewhere, or change the rule.",
        &[],
    );
    management.row(
        "A network ACL of the tenant blocks the caller",
        &app.raw(Method::GET, "/api/v2/clients", &unwanted, "").await,
        "Ask from elsewhere. The operator can switch the rules off: `server.enforce_network_acls`.",
        &[],
    );
    management.row(
        "A second network ACL of the same priority",
        &app.post(acls, &acl).await,
        "Choose another one.",
        &[],
    );
    let mut own = acl.clone();
    own["priority"] = json!(2);
    own["rule"]["match"] = json!({"ipv4_cidrs": ["127.0.0.1"]});
    management.row(
        "A network ACL that keeps its own author out",
        &app.post(acls, &own).await,
        "Put a rule in front that lets you in.",
        &[],
    );
    management.row(
        "A second rate limit policy for the same clients",
        &app.post(policies, &policy).await,
        "Change the one there is.",
        &[],
    );
    let organizations = "/api/v2/organizations";
    app.post(organizations, &json!({"name": "one"})).await;
    management.row(
        "More objects of a kind than the operator allows (`[limits]`)",
        &app.post(organizations, &json!({"name": "two"})).await,
        "Delete one, or ask the operator.",
        &[],
    );
    management.row(
        "Writing what this server does not have",
        &app.post("/api/v2/rules", &json!({})).await,
        "Nothing here logs users in.",
        &[],
    );
    for _ in 0..20 {
        app.get("/api/v2/clients").await;
    }
    management.row(
        "More calls of the API than the operator allows (`[limits]`)",
        &app.get("/api/v2/clients").await,
        "Wait for the seconds of `Retry-After`.",
        &[],
    );
    (token, management)
}

#[tokio::test]
async fn the_page_of_errors_is_what_the_server_answers() {
    let head = "| Situation | Status | Code | Text | What to do |\n|---|---|---|---|---|\n";
    let (token, management) = edge_errors().await;
    let page = format!(
        "{HEAD}\n## Token endpoint\n\n{head}{}{}\n## Management API\n\n{head}{}{}",
        token_errors().await.0,
        token.0,
        management_errors().await.0,
        management.0
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    if std::env::var_os("M2MINT_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/errors.md is out of date: run this test with M2MINT_WRITE_DOCS=1"
    );
}

/// The row of the page that no request of an ordinary app can provoke.
#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered_as_the_page_says() {
    let app = TestApp::with(Settings::default(), Durability::Buffered).await;
    let headers = [("content-type", "application/json")];
    let never = axum::body::Body::new(Never);
    let answer = app.raw(Method::POST, "/oauth/token", &headers, never).await;
    assert_eq!(answer.status, 408);
    assert_eq!(
        answer.text("error_description"),
        "The request took too long."
    );
}

/// A body that never comes.
struct Never;

impl http_body::Body for Never {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}
