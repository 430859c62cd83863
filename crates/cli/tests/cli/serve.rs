//! `serve`: starts, answers, stops.

use crate::program::{Program, finish};

#[test]
fn development_mode_sets_itself_up_and_answers() {
    let program = Program::new();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    assert!(
        server.url.starts_with("http://127.0.0.1:"),
        "{}",
        server.said
    );

    let app = program.json(&["apps", "create", "--name", "Job"]);
    program.ok(&[
        "apis",
        "create",
        "--identifier",
        "https://api.example/",
        "--scope",
        "read:x",
    ]);
    program.ok(&[
        "grants",
        "create",
        "--app",
        "Job",
        "--api",
        "https://api.example/",
        "--scope",
        "read:x",
    ]);
    // The server takes up within a second what another process has changed. Asking it for a list
    // makes it look at once.
    let head = format!("authorization: Bearer {}\r\n", server.dev_token());
    assert_eq!(server.send("GET", "/api/v2/clients", &head, "").0, 200);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience=https://api.example/",
        app["client_id"].as_str().unwrap(),
        app["client_secret"].as_str().unwrap(),
    );
    let (status, answer) = server.token(&form);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["scope"], "read:x");

    for name in ["localhost", "127.0.0.1", "[::1]"] {
        let port = server.address().rsplit_once(':').unwrap().1;
        let path = format!("http://{name}:{port}/.well-known/openid-configuration");
        let (status, body) = server.send("GET", &path, "", "");
        assert_eq!(status, 200, "{name}: {body}");
        assert!(
            body.contains(&format!("\"issuer\":\"http://{name}:{port}/\"")),
            "{body}"
        );
    }
}

#[test]
fn a_term_signal_drains_and_ends_well_and_the_log_is_kept() {
    let program = Program::new();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    assert_eq!(
        server
            .token("grant_type=client_credentials&client_id=x&client_secret=y")
            .0,
        401
    );
    let (status, rest) = server.stop();
    assert_eq!(status.code(), Some(0), "{rest}");
    assert_eq!(program.json(&["logs", "list"])[0]["type"], "feccft");
}

#[test]
fn a_second_start_finds_what_the_first_one_made() {
    let program = Program::new();
    let first = program.serve(&[
        "--dev",
        "--listen",
        "127.0.0.1:0",
        "--domain",
        "issuer.test",
    ]);
    assert!(
        first.url.starts_with("http://issuer.test:"),
        "{}",
        first.said
    );
    assert_eq!(first.stop().0.code(), Some(0));
    let second = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    assert!(
        second.url.starts_with("http://127.0.0.1:"),
        "{}",
        second.said
    );
    assert_eq!(
        program.json(&["tenants", "list"])[0]["domain"],
        "issuer.test"
    );
    assert_eq!(second.send("GET", "/.well-known/jwks.json", "", "").0, 200);
}

#[test]
fn development_mode_refuses_other_addresses_than_loopback() {
    let run = Program::new().run(&["serve", "--dev", "--listen", "0.0.0.0:0"]);
    run.refused(2, "development mode does not listen on 0.0.0.0:0");
}

#[test]
fn plain_http_to_other_machines_is_refused() {
    let program = Program::set_up();
    let run = program.run(&["serve", "--listen", "0.0.0.0:0"]);
    run.refused(1, "in clear over the network");
    run.refused(1, "server.trusted_proxies");
}

#[test]
fn development_tls_makes_a_certificate_and_uses_it_again() {
    let program = Program::new();
    let args = [
        "--dev",
        "--tls-dev",
        "--listen",
        "127.0.0.1:0",
        "--domain",
        "issuer.test",
    ];
    let server = program.serve(&args);
    assert!(
        server.url.starts_with("https://issuer.test:"),
        "{}",
        server.said
    );
    let port = server.url.rsplit_once(':').unwrap().1.to_owned();
    let ca = program.data().join("tls/ca.pem");
    let made = std::fs::read(&ca).unwrap();
    let run = finish(
        program
            .command(&[
                "apps",
                "list",
                "--url",
                &format!("https://localhost:{port}"),
            ])
            .args(["--cacert", ca.to_str().unwrap()])
            .env("M2MINT_TOKEN", "x"),
    );
    // It got through to the API, over TLS: the token is wrong, and nothing else.
    run.refused(1, "401");
    assert_eq!(server.stop().0.code(), Some(0));
    drop(program.serve(&args));
    assert_eq!(std::fs::read(&ca).unwrap(), made);
}

#[test]
fn the_first_start_of_a_container_sets_up_and_later_ones_do_not() {
    let program = Program::new();
    program
        .run(&["serve", "--init", "--listen", "127.0.0.1:0"])
        .refused(2, "add --domain NAME");
    for _ in 0..2 {
        let mut server = program.serve(&[
            "--init",
            "--domain",
            "acme.example",
            "--listen",
            "127.0.0.1:0",
        ]);
        assert!(
            server
                .said
                .contains("(tenant acme, issuer https://acme.example/)"),
            "{}",
            server.said
        );
        server.host = "acme.example".to_owned();
        let (status, body) = server.send("GET", "/.well-known/openid-configuration", "", "");
        assert_eq!(status, 200, "{body}");
        assert!(
            body.contains("\"issuer\":\"https://acme.example/\""),
            "{body}"
        );
        assert_eq!(server.stop().0.code(), Some(0));
    }
}

#[test]
fn log_events_are_shown_as_they_come() {
    let program = Program::new();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    let refused = |id: &str| {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret=x");
        assert_eq!(server.token(&form).0, 401);
    };
    refused("first");
    // On disk before it is followed: the follower begins with what is there.
    let head = format!("authorization: Bearer {}\r\n", server.dev_token());
    assert_eq!(server.send("GET", "/api/v2/logs", &head, "").0, 200);
    let mut follower = program.follow(&["logs", "tail", "--lines", "1", "--json"]);
    assert!(follower.next_line().contains("\"first\""));
    refused("second");
    assert!(follower.next_line().contains("\"second\""));
    assert_eq!(follower.interrupt().code(), Some(0));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let program = Program::new();
    let server = program.serve(&["--dev", "--listen", "127.0.0.1:0"]);
    let other = Program::new();
    let run = other.run(&["serve", "--dev", "--listen", server.address()]);
    run.refused(1, &format!("{} cannot be listened on", server.address()));
}
