//! The program in a directory of its own, its servers, and calls that may get no answer.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The domain of the tenant: one that `doctor` finds without asking anybody.
const DOMAIN: &str = "localhost";
/// Longer than any answer takes; a server that hangs fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A data directory, with what is set for the program that works in it.
pub(crate) struct Home {
    dir: TempDir,
    settings: Vec<(&'static str, &'static str)>,
}

impl Home {
    /// Nothing is there yet.
    pub(crate) fn empty() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            settings: Vec::new(),
        }
    }

    /// With a tenant.
    pub(crate) fn set_up() -> Self {
        let home = Self::empty();
        home.ok(&["init", "--domain", DOMAIN]);
        home
    }

    pub(crate) fn with(mut self, variable: &'static str, value: &'static str) -> Self {
        self.settings.push((variable, value));
        self
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_m2mint"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("M2MINT_DATA", self.data())
            .env("M2MINT_SERVER__LISTEN", "127.0.0.1:0")
            .env("LANG", "C")
            .envs(self.settings.iter().copied())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs what must succeed.
    pub(crate) fn ok(&self, args: &[&str]) -> Output {
        let run = self.run(args);
        assert!(run.status.success(), "{args:?}: {run:?}");
        run
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        serde_json::from_slice(&self.ok(&args).stdout).unwrap()
    }

    /// Starts it, and kills it after `delay`. Whether it was killed before it ended by itself.
    pub(crate) fn kill_after(&self, delay: Duration, args: &[&str]) -> bool {
        let mut command = self.command(args);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().unwrap();
        crate::dice::wait_at_random(delay);
        child.kill().unwrap();
        child.wait().unwrap().code().is_none()
    }

    /// Starts a server, and waits until it says that it listens.
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        self.try_serve(args)
            .unwrap_or_else(|said| panic!("it does not start: {said}"))
    }

    /// The same; what it said when it ended instead.
    pub(crate) fn try_serve(&self, args: &[&str]) -> Result<Server, String> {
        let args: Vec<&str> = ["serve"].iter().chain(args).copied().collect();
        let mut child = self.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("listening on ") {
            if stderr.read_line(&mut said).unwrap() == 0 {
                child.wait().unwrap();
                return Err(said);
            }
        }
        // Until its end, so that it can always go on talking.
        std::thread::spawn(move || io::copy(&mut stderr, &mut io::sink()));
        let (_, url) = said.split_once("listening on ").unwrap();
        let address = url.split_whitespace().next().unwrap();
        let port = address.rsplit_once(':').unwrap().1.parse().unwrap();
        Ok(Server { child, port })
    }

    /// A client that may do everything in the Management API.
    pub(crate) fn administrator(&self) -> Identity {
        let app = self.json(&["apps", "create", "--name", "Administrator"]);
        let audience = format!("https://{DOMAIN}/api/v2/");
        let grant = ["grants", "create", "--app", "Administrator", "--all-scopes"];
        self.ok(&[&grant[..], &["--api", &audience]].concat());
        Identity {
            id: app["client_id"].as_str().unwrap().to_owned(),
            secret: app["client_secret"].as_str().unwrap().to_owned(),
            audience,
        }
    }
}

/// What asks for a token, and for which audience.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) audience: String,
}

/// A server that runs until it is killed or dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Kills it, and returns when it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn caller(&self, token: &str) -> Caller {
        Caller {
            port: self.port,
            token: token.to_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// No whole answer came: the server may have done what it was asked for, or not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unanswered;

impl From<io::Error> for Unanswered {
    fn from(error: io::Error) -> Self {
        let hangs = matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        );
        assert!(!hangs, "the server hangs: {error}");
        Self
    }
}

/// Asks a server that may be killed meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    port: u16,
    token: String,
}

impl Caller {
    /// The Management API; status and body, which is null when there is none.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<(u16, Value), Unanswered> {
        let head = format!("authorization: Bearer {}\r\n", self.token);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(method, path, &head, "application/json", &body)
    }

    /// What must be answered, and well.
    pub(crate) fn ok(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body).unwrap();
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {answer}"
        );
        answer
    }

    /// The token endpoint.
    pub(crate) fn token(&self, of: &Identity) -> Result<(u16, Value), Unanswered> {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&audience={}",
            of.id, of.secret, of.audience
        );
        let kind = "application/x-www-form-urlencoded";
        self.send("POST", "/oauth/token", "", kind, &form)
    }

    /// Every item of a list, page after page.
    pub(crate) fn all(&self, path: &str, entity: &str) -> Vec<Value> {
        let mut items = Vec::new();
        loop {
            let page = items.len() / 100;
            let page = format!("{path}?page={page}&per_page=100&include_totals=true");
            let mut answer = self.ok("GET", &page, &Value::Null);
            let total = answer["total"].as_u64().unwrap();
            items.append(answer[entity].as_array_mut().unwrap());
            if items.len() == usize::try_from(total).unwrap() {
                return items;
            }
        }
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        head: &str,
        kind: &str,
        body: &str,
    ) -> Result<(u16, Value), Unanswered> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let length = body.len();
        // In one piece: a server that refuses early must not meet the rest of a request.
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {DOMAIN}\r\nconnection: close\r\ncontent-type: {kind}\r\n\
             content-length: {length}\r\n{head}\r\n{body}",
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or(Unanswered)?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if status == 204 {
            return Ok((status, Value::Null));
        }
        let length: usize = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map(|(_, length)| length.parse().unwrap())
            .unwrap();
        if body.len() < length {
            return Err(Unanswered);
        }
        Ok((status, serde_json::from_str(body).unwrap()))
    }
}
