//! Help, slips, completions, version.

use crate::program::{Program, finish};

#[test]
fn the_help_lists_every_noun() {
    let help = Program::new().ok(&["--help"]).stdout;
    for noun in [
        "quickstart",
        "init",
        "serve",
        "apis",
        "apps",
        "grants",
        "orgs",
        "keys",
        "tenants",
        "test",
        "logs",
        "history",
        "api",
        "import",
        "export",
        "doctor",
        "completions",
        "version",
    ] {
        assert!(help.contains(&format!("\n  {noun} ")), "{noun}: {help}");
    }
}

#[test]
fn the_help_speaks_japanese_when_asked() {
    let program = Program::new();
    assert!(
        program
            .ok(&["--help", "--lang", "ja"])
            .stdout
            .contains("署名鍵")
    );
    let by_locale = finish(program.command(&["--help"]).env("LANG", "ja_JP.UTF-8"));
    assert!(by_locale.stdout.contains("署名鍵"));
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    let program = Program::new();
    program.run(&["app", "list"]).refused(2, "'apps'");
    program.run(&["apps", "lst"]).refused(2, "'list'");
    program
        .run(&["apps", "list", "--jsn"])
        .refused(2, "'--json'");
}

#[test]
fn there_are_completions_for_the_usual_shells() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            program
                .ok(&["completions", shell])
                .stdout
                .contains("rotate-secret"),
            "{shell}"
        );
    }
}

#[test]
fn the_version_is_for_people_and_for_programs() {
    let program = Program::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        program.ok(&["version"]).stdout,
        format!("m2mint {version}\n")
    );
    assert_eq!(program.json(&["version"])["version"], version);
}

#[test]
fn without_a_data_directory_one_is_told_how_to_make_it() {
    let run = Program::new().run(&["apps", "list"]);
    run.refused(1, "there is no database at");
    run.refused(1, "hint: `m2mint init");
}
