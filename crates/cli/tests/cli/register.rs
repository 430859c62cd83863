//! APIs, applications, grants, organizations and keys, on a data directory.

use serde_json::Value;

use crate::program::{Program, finish};

const API: &str = "https://invoices.example/";

fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member} in {object}"))
}

/// With an API of two scopes and an application that may ask for one of them.
fn with_grant() -> (Program, Value, Value) {
    let program = Program::set_up();
    program.ok(&[
        "apis",
        "create",
        "--name",
        "Invoices",
        "--identifier",
        API,
        "--scope",
        "read:invoices=Read invoices",
        "--scope",
        "write:invoices",
    ]);
    let app = program.json(&["apps", "create", "--name", "Billing"]);
    let grant = program.json(&[
        "grants",
        "create",
        "--app",
        "Billing",
        "--api",
        API,
        "--scope",
        "read:invoices",
    ]);
    (program, app, grant)
}

#[test]
fn an_api_is_made_changed_and_deleted() {
    let (program, _, _) = with_grant();
    let api = program.json(&["apis", "show", API]);
    assert_eq!(api["name"], "Invoices");
    assert_eq!(api["scopes"][0]["description"], "Read invoices");
    program.ok(&[
        "apis",
        "update",
        API,
        "--token-lifetime",
        "600",
        "--signing-alg",
        "ES256",
    ]);
    let api = program.json(&["apis", "show", text(&api, "id")]);
    assert_eq!(
        (api["token_lifetime"].as_u64(), text(&api, "signing_alg")),
        (Some(600), "ES256")
    );
    program
        .run(&["apis", "create", "--identifier", API])
        .refused(1, "already exists");
    program
        .run(&["apis", "update", API])
        .refused(2, "nothing to change");
    program.ok(&["apis", "delete", API, "--yes"]);
    program
        .run(&["apis", "show", API])
        .refused(1, "does not exist");
}

#[test]
fn an_application_is_made_changed_and_deleted() {
    let program = Program::set_up();
    let run = program.ok(&[
        "apps",
        "create",
        "--name",
        "Billing",
        "--description",
        "Sends bills",
    ]);
    assert!(run.stdout.contains("CLIENT SECRET  m2ms_"), "{run:?}");
    assert!(
        run.stderr.contains("only time the secret is shown"),
        "{run:?}"
    );

    let apps = program.json(&["apps", "list"]);
    let id = text(&apps[0], "client_id");
    assert_eq!(text(&apps[0], "app_type"), "non_interactive");
    assert_eq!(
        apps[0]["grant_types"],
        serde_json::json!(["client_credentials"])
    );
    assert!(!program.ok(&["apps", "list"]).stdout.contains("m2ms_"));

    program.ok(&[
        "apps",
        "update",
        id,
        "--name",
        "Invoicing",
        "--set",
        "client_metadata={\"a\":\"b\"}",
    ]);
    let app = program.json(&["apps", "show", "Invoicing"]);
    assert_eq!(text(&app, "description"), "Sends bills");
    assert_eq!(app["client_metadata"]["a"], "b");

    program
        .run(&["apps", "delete", id])
        .refused(2, "hint: add --yes");
    program.ok(&["apps", "delete", id, "--yes"]);
    let gone = program.run(&["apps", "show", id]);
    gone.refused(1, "The client does not exist");
    gone.refused(1, "hint: ");
}

#[test]
fn old_and_new_secret_work_side_by_side_until_the_old_one_is_retired() {
    let (program, app, _) = with_grant();
    let id = text(&app, "client_id");
    let test = |secret: &str| {
        finish(
            program
                .command(&["test", "token", "--app", "Billing", "--api", API, "--json"])
                .env("M2MINT_CLIENT_SECRET", secret),
        )
    };
    let old = text(&app, "client_secret");
    assert_eq!(test(old).code, Some(0));
    let rotated = program.json(&["apps", "rotate-secret", id, "--yes"]);
    let new = text(&rotated, "client_secret");
    assert_ne!(old, new);
    assert_eq!((test(old).code, test(new).code), (Some(0), Some(0)));

    let secrets = program.json(&["apps", "secrets", id]);
    let secrets = secrets
        .as_array()
        .cloned()
        .unwrap_or_else(|| secrets["secrets"].as_array().unwrap().clone());
    assert_eq!(secrets.len(), 2);
    let oldest = secrets
        .iter()
        .find(|one| one["expires_at"].is_string())
        .unwrap();
    program.ok(&["apps", "retire-secret", id, text(oldest, "id"), "--yes"]);
    test(old).refused(1, "Unauthorized");
    assert_eq!(test(new).code, Some(0));

    program.json(&["apps", "rotate-secret", id, "--retire", "now", "--yes"]);
    test(new).refused(1, "Unauthorized");
}

#[test]
fn a_token_can_be_tried_and_looked_into() {
    let (program, app, _) = with_grant();
    let secret = text(&app, "client_secret");
    let args = [
        "test",
        "token",
        "--app",
        "Billing",
        "--api",
        API,
        "--secret-stdin",
        "--json",
    ];
    let run = program.run_with_input(&args, secret);
    assert_eq!(run.code, Some(0), "{run:?}");
    let shown: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        text(&shown["decoded"]["claims"], "iss"),
        "https://acme.example/"
    );
    assert_eq!(text(&shown["decoded"]["claims"], "scope"), "read:invoices");

    let more: Vec<&str> = args
        .iter()
        .copied()
        .chain(["--scope", "write:invoices"])
        .collect();
    program
        .run_with_input(&more, secret)
        .refused(1, "write:invoices");
    program
        .run(&args[..6])
        .refused(2, "the client secret is missing");

    let events = program.json(&["logs", "list", "--limit", "2"]);
    assert_eq!(text(&events[0], "type"), "feccft");
    assert_eq!(text(&events[1], "type"), "seccft");
    let failed = program.json(&["logs", "list", "--type", "feccft"]);
    assert_eq!(failed.as_array().unwrap().len(), 1);
}

#[test]
fn a_grant_is_changed_and_taken_back() {
    let (program, app, grant) = with_grant();
    let id = text(&grant, "id");
    program.ok(&[
        "grants",
        "update",
        id,
        "--scope",
        "read:invoices,write:invoices",
    ]);
    let listed = program.json(&[
        "grants",
        "list",
        "--app",
        text(&app, "client_id"),
        "--api",
        API,
    ]);
    assert_eq!(listed[0]["scope"].as_array().unwrap().len(), 2);
    program
        .run(&["grants", "create", "--app", "Billing", "--api", API])
        .refused(1, "already exists");
    program
        .run(&["grants", "update", id, "--scope", "burn:invoices"])
        .refused(1, "burn:invoices");
    program.ok(&["grants", "delete", id, "--yes"]);
    program
        .run(&["grants", "show", id])
        .refused(1, "does not exist");
}

#[test]
fn an_application_acts_for_the_organizations_its_grant_was_added_to() {
    let (program, app, grant) = with_grant();
    let (secret, id) = (text(&app, "client_secret"), text(&grant, "id"));
    program.ok(&["grants", "update", id, "--org-usage", "allow"]);
    let org = program.json(&[
        "orgs",
        "create",
        "--name",
        "globex",
        "--display-name",
        "Globex",
    ]);
    let org_id = text(&org, "id");
    let token = || {
        finish(
            program
                .command(&[
                    "test", "token", "--app", "Billing", "--api", API, "--org", org_id, "--json",
                ])
                .env("M2MINT_CLIENT_SECRET", secret),
        )
    };
    token().refused(1, "organization");
    program.ok(&["orgs", "add-grant", "globex", id]);
    let shown: Value = serde_json::from_str(&token().stdout).unwrap();
    assert_eq!(text(&shown["decoded"]["claims"], "org_id"), org_id);
    assert_eq!(
        program
            .json(&["orgs", "grants", "globex"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    program.ok(&["orgs", "remove-grant", "globex", id, "--yes"]);
    token().refused(1, "organization");
    program.ok(&["orgs", "update", "globex", "--display-name", "Globex Ltd"]);
    assert_eq!(
        program.json(&["orgs", "show", org_id])["display_name"],
        "Globex Ltd"
    );
    program.ok(&["orgs", "delete", "globex", "--yes"]);
    assert_eq!(program.json(&["orgs", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn keys_rotate_and_the_one_before_can_be_revoked() {
    let program = Program::set_up();
    let current = |program: &Program| {
        let keys = program.json(&["keys", "list"]);
        let keys = keys.as_array().unwrap().clone();
        text(
            keys.iter().find(|key| key["current"] == true).unwrap(),
            "kid",
        )
        .to_owned()
    };
    let before = current(&program);
    program.run(&["keys", "rotate"]).refused(2, "--yes");
    program.ok(&["keys", "rotate", "--yes"]);
    assert_ne!(current(&program), before);
    program.ok(&["keys", "revoke", &before, "--yes"]);
    assert!(program.ok(&["keys", "list"]).stdout.contains("revoked"));
    let now = current(&program);
    assert_eq!(
        program.run(&["keys", "revoke", &now, "--yes"]).code,
        Some(1)
    );
}

#[test]
fn lists_are_read_page_by_page() {
    let program = Program::set_up();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    let token = server.dev_token();
    let head = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
    for number in 0..103 {
        let body = format!("{{\"name\":\"org{number}\"}}");
        let (status, answer) = server.send("POST", "/api/v2/organizations", &head, &body);
        assert_eq!(status, 201, "{answer}");
    }
    assert_eq!(
        program.json(&["orgs", "list"]).as_array().unwrap().len(),
        103
    );
}
