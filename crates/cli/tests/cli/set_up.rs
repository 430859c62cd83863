//! `init`, the configuration file, and the master key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::program::{Program, finish};

#[test]
fn init_makes_everything_for_the_owner_alone() {
    let program = Program::set_up();
    for name in ["", "m2mint.toml", "master.key", "m2mint.db"] {
        let mode = fs::metadata(program.data().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let tenants = program.json(&["tenants", "list"]);
    assert_eq!(tenants[0]["name"], "acme");
    assert_eq!(tenants[0]["issuer"], "https://acme.example/");
}

#[test]
fn a_second_init_changes_nothing() {
    let program = Program::set_up();
    let key = fs::read(program.data().join("master.key")).unwrap();
    program
        .run(&["init", "--domain", "other.example"])
        .refused(1, "is set up already");
    assert_eq!(fs::read(program.data().join("master.key")).unwrap(), key);
}

#[test]
fn a_setting_there_is_not_is_refused_with_the_one_that_was_meant() {
    let program = Program::set_up();
    program.write("m2mint.toml", "[server]\nlisten_on = \"127.0.0.1:1\"\n");
    let run = program.run(&["apps", "list"]);
    run.refused(1, "m2mint.toml: there is no setting `server.listen_on`");
    run.refused(1, "did you mean `server.listen`?");
    program.write("m2mint.toml", "");
    let run = finish(
        program
            .command(&["apps", "list"])
            .env("M2MINT_LOG__LEVL", "info"),
    );
    run.refused(1, "M2MINT_LOG__LEVL");
    run.refused(1, "did you mean `log.level`?");
}

#[test]
fn a_wrong_master_key_stops_the_start() {
    let (program, other) = (Program::set_up(), Program::set_up());
    let wrong = fs::read_to_string(other.data().join("master.key")).unwrap();
    program.write("master.key", &wrong);
    for args in [
        ["serve", "--listen", "127.0.0.1:0"],
        ["apps", "list", "--json"],
    ] {
        let run = program.run(&args);
        run.refused(1, "has the fingerprint");
        run.refused(1, "hint: put back the key with the fingerprint");
    }
    program.write("master.key", "rubbish");
    program
        .run(&["apps", "list"])
        .refused(1, "holds no master key");
}

#[test]
fn a_missing_master_key_is_never_replaced() {
    let program = Program::set_up();
    let file = program.data().join("master.key");
    let key = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    program
        .run(&["apps", "list"])
        .refused(1, "the master key is missing");
    program
        .run(&["serve", "--dev", "--listen", "127.0.0.1:0"])
        .refused(1, "the master key is missing");
    assert!(!file.exists());
    let run = finish(
        program
            .command(&["apps", "list"])
            .env("M2MINT_MASTER_KEY", key.trim()),
    );
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_tenant_is_shown_without_what_only_auth0_has() {
    let program = Program::set_up();
    let shown = program.ok(&["tenants", "show", "acme"]).stdout;
    assert!(shown.contains("ORGANIZATION NAMES"), "{shown}");
    assert!(!shown.contains("SANDBOX"), "{shown}");
}

#[test]
fn tenants_are_told_apart_by_name() {
    let program = Program::set_up();
    program.ok(&["tenants", "create", "other", "--domain", "other.example"]);
    program
        .run(&["apps", "list"])
        .refused(2, "there are several tenants");
    program
        .run(&["apps", "list", "--tenant", "third"])
        .refused(1, "there is no tenant third");
    program.ok(&["apps", "create", "--name", "Job", "--tenant", "other"]);
    assert_eq!(
        program
            .json(&["apps", "list", "--tenant", "acme"])
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert_eq!(
        program
            .json(&["apps", "list", "--tenant", "other"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    program
        .run(&["tenants", "create", "acme", "--domain", "third.example"])
        .refused(1, "a tenant of this name already exists");
}
