//! `quickstart`: one command up to a first protected call.

use std::process::Command;

use crate::program::Program;

/// The curl line of a run.
fn curl(stdout: &str) -> &str {
    stdout
        .lines()
        .find(|line| line.starts_with("curl "))
        .unwrap()
}

fn secret(line: &str) -> &str {
    let (_, rest) = line.split_once("client_secret=").unwrap();
    rest.split_whitespace().next().unwrap()
}

#[test]
fn once_ends_well_after_the_first_call() {
    let program = Program::new();
    let run = program.ok(&["quickstart", "--once"]);
    let line = curl(&run.stdout);
    assert!(
        line.starts_with("curl --request POST --url 'http://127.0.0.1:"),
        "{line}"
    );
    assert!(
        line.ends_with("--data audience=https://timesheets.example/"),
        "{line}"
    );
    assert!(run.stdout.contains("for employee 007"), "{run:?}");
    assert!(run.stdout.contains("401"), "{run:?}");
    assert!(run.stdout.contains("403"), "{run:?}");
    assert!(!run.stderr.contains(secret(line)), "{run:?}");
    assert_eq!(
        program.json(&["grants", "list"])[0]["scope"],
        serde_json::json!(["batch:upload"])
    );
}

#[test]
fn a_second_run_uses_what_the_first_one_made_with_a_new_secret() {
    let program = Program::new();
    let first = program.ok(&["quickstart", "--once"]);
    let second = program.ok(&["quickstart", "--once", "--lang", "ja"]);
    assert!(second.stdout.contains("タイムシート"), "{second:?}");
    assert_ne!(secret(curl(&first.stdout)), secret(curl(&second.stdout)));
    assert_eq!(program.json(&["apps", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(
        program.json(&["grants", "list"]).as_array().unwrap().len(),
        1
    );
}

#[test]
fn a_directory_in_earnest_use_is_left_alone() {
    let program = Program::set_up();
    program
        .run(&["quickstart", "--once"])
        .refused(1, "there is no tenant dev");
    assert_eq!(program.json(&["apps", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn the_printed_line_is_one_that_a_shell_understands() {
    let run = Program::new().ok(&["quickstart", "--once"]);
    let line = curl(&run.stdout);
    let script = format!("set -- {line}; printf '%s\\n' \"$#\" \"$4\" \"$5\"");
    let parsed = Command::new("sh").args(["-c", &script]).output().unwrap();
    let parsed = String::from_utf8(parsed.stdout).unwrap();
    let words: Vec<&str> = parsed.lines().collect();
    assert_eq!(words[..2], ["15", "--url"]);
    assert!(words[2].starts_with("http://127.0.0.1:"), "{parsed}");
}
