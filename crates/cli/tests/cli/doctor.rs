//! `doctor`: on what is well, and on what is broken in each way.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::program::{Program, Run};

/// On a free port, so that another server on this machine does not matter.
fn doctor(program: &Program) -> (Run, Value) {
    let mut command = program.command(&["doctor", "--json"]);
    let run = crate::program::finish(command.env("M2MINT_SERVER__LISTEN", "127.0.0.1:0"));
    let findings = serde_json::from_str(&run.stdout).unwrap();
    (run, findings)
}

fn level(findings: &Value, check: &str) -> String {
    let levels = findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["check"] == check);
    let mut levels: Vec<&str> = levels.map(|one| one["level"].as_str().unwrap()).collect();
    levels.sort_unstable();
    levels.join(" ")
}

#[test]
fn a_good_directory_is_well() {
    let program = Program::new();
    program.ok(&["init", "--domain", "localhost"]);
    let (run, findings) = doctor(&program);
    assert_eq!(run.code, Some(0), "{findings}");
    for check in [
        "configuration",
        "data directory",
        "master key",
        "store",
        "tenants",
        "clock",
        "listen address",
        "TLS files",
        "domain",
    ] {
        assert_eq!(level(&findings, check), "ok", "{check}: {findings}");
    }
}

#[test]
fn no_directory_at_all_is_a_finding_and_not_a_crash() {
    let program = Program::new();
    let (run, findings) = doctor(&program);
    assert_eq!(run.code, Some(1));
    assert_eq!(level(&findings, "data directory"), "fail");
    assert_eq!(level(&findings, "store"), "fail");
    assert!(!program.data().exists());
}

#[test]
fn a_broken_database_is_found() {
    let program = Program::set_up();
    program.write(
        "m2mint.db",
        "this is no database, and long enough to be looked at as one",
    );
    let (run, findings) = doctor(&program);
    assert_eq!(run.code, Some(1));
    assert_eq!(level(&findings, "store"), "fail", "{findings}");
    assert_eq!(level(&findings, "master key"), "ok");
}

#[test]
fn a_key_of_another_directory_is_found() {
    let (program, other) = (Program::set_up(), Program::set_up());
    let wrong = fs::read_to_string(other.data().join("master.key")).unwrap();
    program.write("master.key", &wrong);
    let (run, findings) = doctor(&program);
    assert_eq!(run.code, Some(1));
    assert!(
        level(&findings, "master key").contains("fail"),
        "{findings}"
    );
}

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    let program = Program::new();
    program.ok(&["init", "--domain", "localhost"]);
    let file = program.data().join("master.key");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let (run, findings) = doctor(&program);
    assert_eq!(run.code, Some(0));
    assert_eq!(level(&findings, "master key"), "warn");
    let mend = findings.to_string();
    assert!(mend.contains("chmod 600"), "{mend}");
}

#[test]
fn a_configuration_that_cannot_be_read_does_not_hide_the_rest() {
    let program = Program::set_up();
    program.write("m2mint.toml", "[server\n");
    let (run, findings) = doctor(&program);
    assert_eq!(run.code, Some(1));
    assert_eq!(level(&findings, "configuration"), "fail");
    assert_eq!(level(&findings, "store"), "ok");
}

#[test]
fn certificates_that_are_not_there_are_found() {
    let program = Program::set_up();
    program.write(
        "m2mint.toml",
        "[server]\ntls_cert = \"a.pem\"\ntls_key = \"b.pem\"\n",
    );
    let (run, findings) = doctor(&program);
    assert_eq!(run.code, Some(1));
    assert_eq!(level(&findings, "TLS files"), "fail");
}

#[test]
fn it_speaks_japanese_to_people() {
    let program = Program::new();
    let run = program.run(&["doctor", "--lang", "ja"]);
    assert!(run.stdout.contains("異常"), "{run:?}");
    assert!(run.stdout.contains("対処"), "{run:?}");
}
