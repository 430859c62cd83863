//! The register under SIGKILL: what was acknowledged is there, and nothing is there by halves.

use std::time::Duration;

use m2mint_store::StoreUrl;
use serde_json::Value;

use crate::dice::{self, Dice, Repeatable, wait_at_random};
use crate::program::{Caller, Home, Identity};
use crate::writer::{Api, Client, Grant, Listing, Writer, works};

const WRITERS: u64 = 4;
/// How often the server is killed, unless `M2MINT_KILL_ROUNDS` says otherwise.
const ROUNDS: u64 = 6;
const KILL_FROM: Duration = Duration::from_millis(5);
const KILL_UNTIL: Duration = Duration::from_millis(150);

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let _repeatable = Repeatable;
    let mut dice = Dice::for_purpose(1);
    let home = Home::set_up();
    let administrator = home.administrator();
    let mut server = home.serve(&[]);
    let (status, answer) = server.caller("").token(&administrator).unwrap();
    assert_eq!(status, 200, "{answer}");
    // One token for all rounds: it must go on being good for each new process.
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let others = list(&server.caller(&token));
    let mut writers: Vec<Writer> = (0..WRITERS)
        .map(|number| Writer::new(number, &dice))
        .collect();
    let mut revision = examine(&home);

    for round in 0..dice::number("M2MINT_KILL_ROUNDS").unwrap_or(ROUNDS) {
        let before: usize = acknowledged(&writers);
        let delay = dice.between(KILL_FROM, KILL_UNTIL);
        std::thread::scope(|scope| {
            for writer in &mut writers {
                let caller = server.caller(&token);
                scope.spawn(move || writer.write(&caller));
            }
            wait_at_random(delay);
            server.kill();
        });
        server = home.serve(&[]);
        let caller = server.caller(&token);

        let found = list(&caller);
        let mut expected = others.clone();
        for writer in &mut writers {
            writer.settle(&caller, &found);
            expected.clients.extend(writer.listing.clients.clone());
            expected.apis.extend(writer.listing.apis.clone());
            expected.grants.extend(writer.listing.grants.clone());
        }
        assert_eq!(found, expected, "round {round}");
        for writer in &writers {
            try_secrets(&caller, writer);
        }

        let committed = u64::try_from(acknowledged(&writers) - before).unwrap();
        let now = examine(&home);
        assert!(
            revision + committed <= now,
            "round {round}: revision {now} after {revision} and {committed} changes"
        );
        revision = now;
    }
    server.kill();
    let findings = home.json(&["doctor"]);
    let levels: Vec<&Value> = findings.as_array().unwrap().iter().collect();
    assert!(levels.iter().all(|one| one["level"] == "ok"), "{findings}");
    summarize(writers);
}

fn acknowledged(writers: &[Writer]) -> usize {
    writers.iter().map(|writer| writer.took.len()).sum()
}

/// The revision of the only tenant, of a store that must be whole.
fn examine(home: &Home) -> u64 {
    let url = StoreUrl::sqlite(home.data().join("m2mint.db"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = m2mint_store::open(&url).await.unwrap();
        let health = store.check().await.unwrap();
        assert!(health.problems.is_empty(), "{health:?}");
        let tenants = store.tenants().await.unwrap();
        store.close().await;
        assert_eq!(tenants.len(), 1);
        tenants[0].1.number()
    })
}

fn list(caller: &Caller) -> Listing {
    let text = |of: &Value, member: &str| of[member].as_str().unwrap_or_default().to_owned();
    let clients = caller.all("/api/v2/clients", "clients");
    let apis = caller.all("/api/v2/resource-servers", "resource_servers");
    let grants = caller.all("/api/v2/client-grants", "client_grants");
    Listing {
        clients: clients
            .iter()
            .map(|one| {
                let (name, description) = (text(one, "name"), text(one, "description"));
                (text(one, "client_id"), Client { name, description })
            })
            .collect(),
        apis: apis
            .iter()
            .map(|one| {
                let api = Api {
                    identifier: text(one, "identifier"),
                    lifetime: one["token_lifetime"].as_u64().unwrap(),
                };
                (text(one, "id"), api)
            })
            .collect(),
        grants: grants
            .iter()
            .map(|one| {
                let scope = one["scope"].as_array().into_iter().flatten();
                let grant = Grant {
                    client: text(one, "client_id"),
                    audience: text(one, "audience"),
                    scope: scope
                        .map(|scope| scope.as_str().unwrap().to_owned())
                        .collect(),
                };
                (text(one, "id"), grant)
            })
            .collect(),
    }
}

/// Each client has its one secret, and gets by it what its grants give.
fn try_secrets(caller: &Caller, writer: &Writer) {
    for (id, secrets) in &writer.secrets {
        assert!(works(caller, id, &secrets.current), "{id}");
        if let Some(former) = &secrets.former {
            assert!(!works(caller, id, former), "{id}");
        }
        let path = format!("/m2mint/v1/clients/{id}/secrets");
        let kept = caller.ok("GET", &path, &Value::Null);
        assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
    }
    for grant in writer.listing.grants.values() {
        let identity = Identity {
            id: grant.client.clone(),
            secret: writer.secrets[&grant.client].current.clone(),
            audience: grant.audience.clone(),
        };
        let (status, answer) = caller.token(&identity).unwrap();
        assert_eq!(status, 200, "{grant:?}: {answer}");
        assert_eq!(answer["scope"], grant.scope.join(" "));
    }
}

fn summarize(writers: Vec<Writer>) {
    let mut took: Vec<Duration> = writers.into_iter().flat_map(|one| one.took).collect();
    took.sort_unstable();
    assert!(!took.is_empty(), "nothing was ever acknowledged");
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!(
        "{} changes acknowledged: median {:?}, 99 % within {:?}, all within {:?}",
        took.len(),
        at(50),
        at(99),
        at(100)
    );
}
