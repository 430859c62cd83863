//! Documents of the Deploy CLI: in, out and in again; and the calls between.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::program::{Program, Run, finish};

const DOCUMENT: &str = "
tenant:
  friendly_name: ##COMPANY## GmbH
resourceServers:
  - name: Timesheets
    identifier: https://timesheets.example/
    scopes:
      - {value: 'read:timesheets', description: Read}
clients:
  - name: Cron
    app_type: non_interactive
    grant_types: [client_credentials]
    callbacks: @@CALLBACKS@@
  - name: Keeper
    client_secret: a-secret-that-somebody-brings-along-0123456789
clientGrants:
  - client_id: Cron
    audience: https://timesheets.example/
    scope: ['read:timesheets']
    organization_usage: allow
organizations:
  - name: globex
    display_name: Globex
    client_grants:
      - client_id: Cron
roles:
  - name: Nobody
";

/// With the document beside the data directory.
fn with_document() -> Program {
    let program = Program::set_up();
    program.put("tenant.yaml", DOCUMENT);
    program.put(
        "mappings.json",
        "{\"COMPANY\": \"Acme\", \"CALLBACKS\": [\"https://a.example/\"]}",
    );
    program
}

fn import(program: &Program, more: &[&str]) -> Run {
    let args = ["import", "tenant.yaml", "--mappings", "mappings.json"];
    program.run(&[&args, more].concat())
}

#[test]
fn a_document_is_brought_in_and_its_secrets_are_shown_once() {
    let program = with_document();
    let dry = import(&program, &["--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.stdout.contains("+ application Cron\n"), "{dry:?}");
    assert!(dry.stdout.contains("Nothing was changed."), "{dry:?}");
    assert!(!dry.stdout.contains("m2ms_"), "{dry:?}");

    let first = import(&program, &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    for line in [
        "    + client_secret: \"[masked]\"\n",
        "~ tenant settings\n",
        "    + friendly_name: \"Acme GmbH\"\n",
        "+ grant Cron https://timesheets.example/\n",
        "+ grant of organization globex: Cron https://timesheets.example/\n",
        "Done: 6 created, 1 updated, 0 deleted.\n",
    ] {
        assert!(first.stdout.contains(line), "{line}: {first:?}");
    }
    assert_eq!(first.stdout.matches("m2ms_").count(), 1, "{first:?}");
    assert!(!first.stdout.contains("somebody-brings"), "{first:?}");
    assert!(first.stderr.contains("skipped: roles"), "{first:?}");
    assert!(first.stderr.contains("only time"), "{first:?}");
    let cron = program.json(&["apps", "show", "Cron"]);
    assert_eq!(cron["callbacks"][0], "https://a.example/");

    let second = import(&program, &["--delete", "--yes"]);
    assert_eq!(second.stdout, "The tenant is as the document says.\n");
    let plan = import(&program, &["--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["changes"], serde_json::json!([]));
}

#[test]
fn keywords_come_from_a_file_or_the_environment_or_not_at_all() {
    let program = with_document();
    let run = program.run(&["import", "tenant.yaml"]);
    run.refused(1, "without a value: CALLBACKS, COMPANY");
    run.refused(1, "--mappings");
    let mut command = program.command(&["import", "tenant.yaml", "--dry-run"]);
    let run = finish(command.env("COMPANY", "Umbrella").env("CALLBACKS", "[]"));
    assert!(run.stdout.contains("Umbrella GmbH"), "{run:?}");
}

#[test]
fn what_is_not_in_the_document_goes_only_when_asked() {
    let program = with_document();
    assert_eq!(import(&program, &[]).code, Some(0));
    program.put("less.yaml", "clients: [{name: Cron}]\n");
    let kept = program.ok(&["import", "less.yaml"]);
    assert!(kept.stdout.contains("as the document says"), "{kept:?}");
    program
        .run(&["import", "less.yaml", "--delete"])
        .refused(2, "hint: add --yes");
    let gone = program.ok(&["import", "less.yaml", "--delete", "--yes"]);
    assert!(
        gone.stdout.starts_with("- application Keeper\n"),
        "{gone:?}"
    );
}

#[test]
fn what_is_exported_is_brought_in_again_and_changes_nothing() {
    let program = with_document();
    assert_eq!(import(&program, &[]).code, Some(0));
    let secret = "a-secret-that-somebody-brings-along-0123456789";
    for (path, file) in [("out.yaml", "out.yaml"), ("out", "out/clients/Keeper.json")] {
        program.ok(&["export", path]);
        let text = program.text(file);
        assert!(text.contains("Keeper") && !text.contains(secret), "{text}");
        let again = program.ok(&["import", path, "--delete", "--yes"]);
        assert_eq!(again.stdout, "The tenant is as the document says.\n");
    }
    let listed = program.text("out/grants/Cron-https---timesheets.example-.json");
    assert!(listed.contains("\"client_id\": \"Cron\""), "{listed}");
    assert!(!listed.contains("cgr_"), "{listed}");

    // Elsewhere, with the same ids and the secrets that are known.
    program.ok(&["export", "whole.yaml", "--ids", "--secrets"]);
    let whole = program.path("whole.yaml");
    assert_eq!(
        fs::metadata(&whole).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(program.text("whole.yaml").contains(secret));
    let again = program.ok(&["import", "whole.yaml", "--delete", "--yes"]);
    assert_eq!(again.stdout, "The tenant is as the document says.\n");
    let id = program.json(&["apps", "show", "Keeper"])["client_id"].clone();
    let elsewhere = Program::set_up();
    let whole = whole.to_str().unwrap();
    elsewhere.ok(&["import", whole]);
    assert_eq!(elsewhere.json(&["apps", "show", "Keeper"])["client_id"], id);
    elsewhere.ok(&["export", "whole.yaml", "--ids", "--secrets"]);
    let (there, here) = (elsewhere.text("whole.yaml"), program.text("whole.yaml"));
    assert_eq!(there, here);
}

#[test]
fn scripts_are_files_of_their_own_within_the_directory() {
    let program = Program::set_up();
    let trigger = "[{\"id\": \"credentials-exchange\", \"version\": \"v2\"}]";
    let action = |code: &str| {
        format!(
            "{{\"name\": \"Tag\", \"code\": \"{code}\", \"deployed\": true, \"supported_triggers\": {trigger}, \"secrets\": [{{\"name\": \"KEY\", \"value\": \"##KEY##\"}}]}}"
        )
    };
    program.put(
        "in/actions/Tag/code.js",
        "exports.onExecuteCredentialsExchange = async () => {};\n",
    );
    program.put("in/actions/Tag.json", &action("./actions/Tag/code.js"));
    program.put(
        "in/triggers/triggers.json",
        "{\"credentials-exchange\": [{\"action_name\": \"Tag\", \"display_name\": \"Tag\"}]}",
    );
    let mut command = program.command(&["import", "in"]);
    let first = finish(command.env("KEY", "very-secret-value"));
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.stdout.contains("+ action Tag\n"), "{first:?}");
    assert!(
        first.stdout.contains("~ trigger credentials-exchange\n"),
        "{first:?}"
    );
    assert!(!first.stdout.contains("very-secret-value"), "{first:?}");

    program.ok(&["export", "out"]);
    assert_eq!(
        program.text("out/actions/Tag/code.js"),
        program.text("in/actions/Tag/code.js")
    );
    let again = program.ok(&["import", "out", "--delete", "--yes"]);
    assert_eq!(
        again.stdout, "The tenant is as the document says.\n",
        "{again:?}"
    );

    program.put(
        "in/actions/Tag/code.js",
        "exports.onExecuteCredentialsExchange = async () => { };\n",
    );
    let mut command = program.command(&["import", "in"]);
    let changed = finish(command.env("KEY", "very-secret-value"));
    assert!(changed.stdout.contains("~ code:"), "{changed:?}");
    assert!(
        changed.stdout.contains("deployed: false → true"),
        "{changed:?}"
    );

    for outside in ["../secret.js", "/etc/passwd", "./actions/link.js"] {
        program.put("secret.js", "// elsewhere");
        let link = program.path("in/actions/link.js");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(program.path("secret.js"), &link).unwrap();
        program.put("in/actions/Tag.json", &action(outside));
        program.run(&["import", "in"]).refused(1, "leads out");
    }
}

#[test]
fn any_call_can_be_made() {
    let program = Program::set_up();
    let made = program.json(&["api", "clients", "--body", "{\"name\": \"Far\"}"]);
    let id = made["client_id"].as_str().unwrap();
    let path = format!("/api/v2/clients/{id}");
    program.put("body.json", "{\"description\": \"From a file\"}");
    let changed = program.json(&["api", "patch", &path, "-d", "@body.json"]);
    assert_eq!(changed["description"], "From a file");
    let input = "{\"description\": \"From standard input\"}";
    let run = program.run_with_input(&["api", "patch", &path, "-d", "-"], input);
    assert!(run.stdout.contains("From standard input"), "{run:?}");
    let listed = program.json(&[
        "api",
        "clients",
        "-q",
        "is_global=false",
        "-q",
        "fields=name",
    ]);
    assert_eq!(listed[0]["name"], "Far");
    assert!(listed[0].get("grant_types").is_none(), "{listed}");
    program
        .run(&["api", "delete", &path])
        .refused(2, "hint: add --yes");
    assert_eq!(program.ok(&["api", "delete", &path, "--yes"]).stdout, "");
    program.run(&["api", &path]).refused(1, "does not exist");
    program
        .run(&["api", "fetch", "clients"])
        .refused(2, "no method");
    program
        .run(&["api", "clients", "-d", "{"])
        .refused(2, "no JSON");
    program
        .run(&["api", "http://127.0.0.1/api/v2/clients"])
        .refused(2, "--url");
}

#[test]
fn the_history_shows_who_changed_what() {
    let program = Program::set_up();
    let made = program.json(&["apps", "create", "--name", "Billing"]);
    let id = made["client_id"].as_str().unwrap();
    program.ok(&["apps", "update", id, "--name", "Invoicing"]);
    let shown = program.ok(&["history", "client", id]).stdout;
    let (newest, oldest) = shown.split_once("\n\n").unwrap();
    assert!(newest.starts_with("~ "), "{shown}");
    assert!(newest.contains("(Invoicing), by "), "{shown}");
    assert!(
        newest.contains("    ~ name: \"Billing\" → \"Invoicing\""),
        "{shown}"
    );
    assert!(oldest.starts_with("+ "), "{shown}");
    let secret = made["client_secret"].as_str().unwrap();
    assert!(!shown.contains(secret), "{shown}");
    let entries = program.json(&["history", "--take", "1"]);
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!(entries[0]["after"]["name"], "Invoicing");
    program.run(&["history", "toaster"]).refused(1, "kind");
}

impl Program {
    /// Writes a file beside the data directory.
    fn put(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}
