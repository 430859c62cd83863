//! The first start under SIGKILL: what was begun is finished by the next one, with the same key.

use std::fs;
use std::time::{Duration, Instant};

use m2mint_store::StoreUrl;
use serde_json::Value;

use crate::dice::{Dice, Repeatable};
use crate::program::Home;

const ROUNDS: u32 = 10;
const INIT: [&str; 3] = ["init", "--domain", "localhost"];
const FIRST_SERVE: [&str; 3] = ["--init", "--domain", "localhost"];

/// The master key, if there is one.
fn key(home: &Home) -> Option<String> {
    fs::read_to_string(home.data().join("master.key")).ok()
}

/// It serves, with the key that was there before.
fn is_usable(home: &Home, args: &[&str], before: Option<&String>) {
    let server = home.serve(args);
    let keys = server
        .caller("")
        .ok("GET", "/.well-known/jwks.json", &Value::Null);
    assert_ne!(keys["keys"].as_array().unwrap().len(), 0);
    server.kill();
    let after = key(home);
    assert!(after.is_some());
    if before.is_some() {
        assert_eq!(after.as_ref(), before, "the master key was replaced");
    }
    let tenants = home.json(&["tenants", "list"]);
    assert_eq!(tenants.as_array().unwrap().len(), 1, "{tenants}");
}

/// A moment in the `round`th part of `whole`.
fn moment(dice: &mut Dice, whole: Duration, round: u32) -> Duration {
    let part = whole / ROUNDS;
    dice.between(part * round, part * (round + 1))
}

#[test]
fn a_killed_init_is_finished_by_the_next_one() {
    let _repeatable = Repeatable;
    let mut dice = Dice::for_purpose(4);
    let begun = Instant::now();
    drop(Home::set_up());
    let whole = begun.elapsed();
    for round in 0..ROUNDS {
        let home = Home::empty();
        home.kill_after(moment(&mut dice, whole, round), &INIT);
        let before = key(&home);
        let again = home.run(&INIT);
        if !again.status.success() {
            // It was killed when all was done but for saying so.
            let said = String::from_utf8(again.stderr).unwrap();
            assert!(said.contains("is set up already"), "round {round}: {said}");
        }
        is_usable(&home, &[], before.as_ref());
    }
}

#[test]
fn a_killed_first_start_is_finished_by_the_next_one() {
    let _repeatable = Repeatable;
    let mut dice = Dice::for_purpose(5);
    for args in [&["--dev"][..], &FIRST_SERVE] {
        let begun = Instant::now();
        drop(Home::empty().serve(args));
        let whole = begun.elapsed();
        for round in 0..ROUNDS {
            let home = Home::empty();
            let first: Vec<&str> = ["serve"].iter().chain(args).copied().collect();
            home.kill_after(moment(&mut dice, whole, round), &first);
            is_usable(&home, args, key(&home).as_ref());
        }
    }
}

/// As after a kill between two steps: empty files, a schema without a key, a key without a tenant.
fn begun_and_left(step: u32) -> Home {
    let home = Home::empty();
    fs::create_dir(home.data()).unwrap();
    let register = home.data().join("m2mint.db");
    if step == 0 {
        fs::write(register, "").unwrap();
        return home;
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let store = m2mint_store::open(&StoreUrl::sqlite(register))
                .await
                .unwrap();
            store.close().await;
        });
    if step == 2 {
        let other = Home::set_up();
        fs::copy(
            other.data().join("master.key"),
            home.data().join("master.key"),
        )
        .unwrap();
    }
    home
}

#[test]
fn each_step_of_the_first_start_can_be_the_last() {
    for step in 0..3 {
        let home = begun_and_left(step);
        let before = key(&home);
        home.ok(&INIT);
        is_usable(&home, &[], before.as_ref());
        for args in [&["--dev"][..], &FIRST_SERVE] {
            let home = begun_and_left(step);
            is_usable(&home, args, key(&home).as_ref());
        }
    }
}

#[test]
fn serving_what_was_not_finished_says_what_to_do() {
    for step in 0..3 {
        let said = begun_and_left(step).try_serve(&[]).unwrap_err();
        assert!(said.contains("hint: "), "{said}");
        assert!(said.contains("m2mint init"), "{said}");
    }
}

#[test]
fn a_register_that_has_seen_a_key_never_gets_another() {
    let home = Home::set_up();
    fs::remove_file(home.data().join("master.key")).unwrap();
    for args in [&[][..], &["--dev"], &FIRST_SERVE] {
        let said = home.try_serve(args).unwrap_err();
        assert!(said.contains("the master key is missing"), "{said}");
    }
    assert!(!home.run(&INIT).status.success());
    assert_eq!(key(&home), None);
}
