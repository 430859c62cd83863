//! The log under SIGKILL: what each setting of `log.durability` promises.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::dice::{Dice, Repeatable, wait_at_random};
use crate::program::{Caller, Home, Identity, Server, Unanswered};

const THREADS: usize = 4;
const AUDIENCE: &str = "https://durable.example/";
/// `buffered` loses no event that is older. A second is promised; the rest is for a machine that is
/// busy with other tests.
const LOST_AT_MOST: Duration = Duration::from_millis(1_200);

/// A token that was handed out, by its `jti`, and when the answer was there.
type Issued = HashMap<String, Instant>;

struct Scene {
    home: Home,
    administrator: Identity,
    client: Identity,
}

impl Scene {
    /// With an API whose tokens have a `jti`, and a client for it.
    fn new(durability: &'static str) -> Self {
        let home = Home::set_up().with("M2MINT_LOG__DURABILITY", durability);
        let administrator = home.administrator();
        let server = home.serve(&[]);
        let caller = signed_in(&server, &administrator);
        let api = json!({"identifier": AUDIENCE, "token_dialect": "rfc9068_profile"});
        caller.ok("POST", "/api/v2/resource-servers", &api);
        let client = json!({"name": "Job", "grant_types": ["client_credentials"]});
        let made = caller.ok("POST", "/api/v2/clients", &client);
        let grant = json!({"client_id": made["client_id"], "audience": AUDIENCE, "scope": []});
        caller.ok("POST", "/api/v2/client-grants", &grant);
        server.kill();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Self {
            home,
            administrator,
            client: Identity {
                id: text("client_id"),
                secret: text("client_secret"),
                audience: AUDIENCE.to_owned(),
            },
        }
    }

    /// Asks for tokens from several threads until the server is killed, `delay` after the first
    /// thread began. The tokens, and when it was killed.
    fn issue_until_killed(&self, delay: Duration) -> (Issued, Instant) {
        let server = self.home.serve(&[]);
        let caller = server.caller("");
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(|| self.issue(&caller)))
                .collect();
            wait_at_random(delay);
            let killed = Instant::now();
            server.kill();
            let issued = threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect();
            (issued, killed)
        })
    }

    fn issue(&self, caller: &Caller) -> Issued {
        let mut issued = Issued::new();
        loop {
            match caller.token(&self.client) {
                Ok((status, answer)) => {
                    assert_eq!(status, 200, "{answer}");
                    let jti = claim(answer["access_token"].as_str().unwrap(), "jti");
                    assert_eq!(issued.insert(jti, Instant::now()), None);
                }
                Err(Unanswered) => return issued,
            }
        }
    }

    /// How often each token is in the log of a server that is started for this.
    fn logged(&self) -> HashMap<String, usize> {
        let server = self.home.serve(&[]);
        let caller = signed_in(&server, &self.administrator);
        let mut logged = HashMap::new();
        let mut from = String::new();
        loop {
            let path = format!("/api/v2/logs?take=100{from}");
            let page = caller.ok("GET", &path, &Value::Null);
            let page = page.as_array().unwrap();
            let Some(last) = page.last() else {
                return logged;
            };
            from = format!("&from={}", last["log_id"].as_str().unwrap());
            for event in page.iter().filter(|event| event["type"] == "seccft") {
                if let Some(jti) = event["details"]["access_token_jti"].as_str() {
                    *logged.entry(jti.to_owned()).or_default() += 1;
                }
            }
        }
    }
}

#[test]
fn a_durable_log_has_every_token_that_was_handed_out() {
    let _repeatable = Repeatable;
    let mut dice = Dice::for_purpose(2);
    let scene = Scene::new("durable");
    let mut handed_out = 0;
    for round in 0..3 {
        let delay = dice.between(Duration::from_millis(50), Duration::from_millis(400));
        let (issued, _) = scene.issue_until_killed(delay);
        let logged = scene.logged();
        for jti in issued.keys() {
            assert_eq!(logged.get(jti), Some(&1), "round {round}: {jti}");
        }
        handed_out += issued.len();
    }
    assert_ne!(handed_out, 0);
    println!("{handed_out} tokens, all of them in the log");
}

#[test]
fn a_buffered_log_loses_no_more_than_its_last_second() {
    let _repeatable = Repeatable;
    let mut dice = Dice::for_purpose(3);
    let scene = Scene::new("buffered");
    let delay = dice.between(Duration::from_millis(1_400), Duration::from_millis(1_800));
    let (issued, killed) = scene.issue_until_killed(delay);
    let logged = scene.logged();
    let old = |at: Instant| LOST_AT_MOST < killed.saturating_duration_since(at);
    let due = issued.iter().filter(|(_, at)| old(**at)).count();
    assert_ne!(due, 0, "of {} tokens", issued.len());
    for (jti, _) in issued.iter().filter(|(_, at)| old(**at)) {
        assert_eq!(logged.get(jti), Some(&1), "{jti}");
    }
    let lost = issued.keys().filter(|jti| !logged.contains_key(*jti));
    let lost_at: Vec<Duration> = lost
        .map(|jti| killed.saturating_duration_since(issued[jti]))
        .collect();
    println!(
        "{} tokens, {due} of them due; lost {}, the oldest {:?} before the kill",
        issued.len(),
        lost_at.len(),
        lost_at.iter().max()
    );
}

#[test]
fn tokens_and_keys_stay_good_across_a_kill() {
    let home = Home::set_up();
    let administrator = home.administrator();
    let first = home.serve(&[]);
    let token = token(&first, &administrator);
    let keys = first
        .caller("")
        .ok("GET", "/.well-known/jwks.json", &Value::Null);
    first.kill();
    let second = home.serve(&[]);
    let caller = second.caller(&token);
    assert_eq!(
        caller.ok("GET", "/.well-known/jwks.json", &Value::Null),
        keys
    );
    caller.ok("GET", "/api/v2/clients", &Value::Null);
}

fn token(server: &Server, identity: &Identity) -> String {
    let (status, answer) = server.caller("").token(identity).unwrap();
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

fn signed_in(server: &Server, administrator: &Identity) -> Caller {
    server.caller(&token(server, administrator))
}

/// A claim of a token, unverified.
fn claim(token: &str, name: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims[name].as_str().unwrap().to_owned()
}
