//! The same commands against a running server.

use crate::program::{Program, Run, Server, finish};

fn remote(program: &Program, server: &Server, args: &[&str], token: &str) -> Run {
    let mut command = program.command(args);
    finish(
        command
            .args(["--url", &server.url, "--json"])
            .env("M2MINT_TOKEN", token),
    )
}

#[test]
fn what_is_changed_on_the_server_is_seen_on_the_directory() {
    let program = Program::new();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    let token = server.dev_token();
    let elsewhere = Program::new();
    let made = remote(
        &elsewhere,
        &server,
        &["apps", "create", "--name", "Far"],
        &token,
    );
    assert_eq!(made.code, Some(0), "{made:?}");
    let listed = remote(&elsewhere, &server, &["apps", "list"], &token);
    assert!(listed.stdout.contains("\"Far\""), "{listed:?}");
    assert_eq!(program.json(&["apps", "show", "Far"])["name"], "Far");
    assert!(!elsewhere.data().exists());
}

#[test]
fn a_document_goes_in_and_out_over_the_network() {
    let program = Program::new();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    let token = server.dev_token();
    let elsewhere = Program::new();
    std::fs::write(elsewhere.path("in.yaml"), "clients: [{name: Far}]").unwrap();
    let made = remote(&elsewhere, &server, &["import", "in.yaml"], &token);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(
        made.stdout.contains("\"client_secret\": \"m2ms_"),
        "{made:?}"
    );
    let listed = remote(&elsewhere, &server, &["api", "clients"], &token);
    assert!(listed.stdout.contains("\"Far\""), "{listed:?}");
    let changes = remote(&elsewhere, &server, &["history", "client"], &token);
    assert!(changes.stdout.contains("\"created\""), "{changes:?}");
    let out = remote(&elsewhere, &server, &["export", "out"], &token);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(elsewhere.path("out/clients/Far.json").exists());
    assert!(!elsewhere.data().exists());
    let args = [
        "api",
        "clients",
        "-d",
        "-",
        "--url",
        &server.url,
        "--token-stdin",
    ];
    elsewhere
        .run_with_input(&args, "x")
        .refused(2, "both a body and the token");
}

#[test]
fn a_token_is_needed_and_may_come_by_standard_input() {
    let program = Program::new();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    program
        .run(&["apps", "list", "--url", &server.url])
        .refused(2, "M2MINT_TOKEN");
    remote(&program, &server, &["apps", "list"], "wrong").refused(1, "hint: get a token");
    let args = ["apps", "list", "--url", &server.url, "--token-stdin"];
    let run = program.run_with_input(&args, &server.dev_token());
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn a_server_that_is_not_there_is_said_so() {
    let program = Program::new();
    let mut command = program.command(&["apps", "list", "--url", "http://127.0.0.1:1"]);
    let run = finish(command.env("M2MINT_TOKEN", "x"));
    run.refused(1, "the server was not reached");
    run.refused(1, "hint: is it running");
}

#[test]
fn a_token_is_not_sent_in_clear_to_another_machine() {
    let program = Program::new();
    let mut command = program.command(&["apps", "list", "--url", "http://acme.example"]);
    finish(command.env("M2MINT_TOKEN", "x")).refused(2, "in clear");
}

#[test]
fn what_needs_the_directory_says_so() {
    let program = Program::new();
    for args in [["tenants", "list"], ["doctor", "--json"]] {
        let mut command = program.command(&args);
        finish(command.args(["--url", "https://acme.example"])).refused(2, "data directory");
    }
}
