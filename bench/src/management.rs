//! The Management API under load: reads, pages, durable writes, and an import of many clients.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::histogram::Histogram;
use crate::http::Connection;
use crate::load::per_second;
use crate::m2mint::{Operator, Subject};
use crate::machine::Machine;
use crate::pin::{Cores, pin_to};
use crate::process::resident_kib;
use crate::server::Server;
use crate::sign::Algorithm;

/// Clients in the register while it is read and written.
const CLIENTS: usize = 10_000;
/// Clients of the import.
const IMPORTED: usize = 100_000;
/// Writers at a time: what a group commit needs to be one.
const WRITERS: usize = 32;
/// Readers at a time.
const READERS: usize = 8;

/// One figure.
struct Figure {
    what: &'static str,
    rate: f64,
    p50: Duration,
    p99: Duration,
}

/// Measures and prints; progress goes to stderr.
pub(crate) fn measure(quick: bool, as_json: bool) -> Result<()> {
    let timed = Duration::from_secs(if quick { 2 } else { 10 });
    let cores = Cores::choose()?;
    let machine = Machine::read(cores.server, cores.load);
    let scratch = TempDir::new().context("scratch directory")?;
    eprintln!("seeding {CLIENTS} clients");
    let directory = scratch.path().join("few");
    let seeded = Subject::M2mint.seed(&directory, CLIENTS)?;
    let operator = crate::m2mint::operator(&directory)?;
    pin_to(cores.load)?;
    let server = Subject::M2mint.start(cores.server, &directory)?;
    let api = Api::new(server.address(Algorithm::Rs256), &operator)?;

    let ids: Vec<&str> = seeded.clients.iter().map(|one| &*one.client_id).collect();
    let nth = |number: usize| ids.get(number % ids.len()).copied().unwrap_or_default();
    let mut figures = Vec::new();
    eprintln!("reads");
    figures.push(api.rate("GET /clients/{id}", READERS, timed, &|number| {
        Call::get(format!("/api/v2/clients/{}", nth(number * 7_919)))
    })?);
    figures.push(api.rate("GET /clients?per_page=100", 1, timed, &|number| {
        let page = number % (CLIENTS / 100);
        Call::get(format!(
            "/api/v2/clients?per_page=100&page={page}&include_totals=true"
        ))
    })?);
    eprintln!("writes");
    figures.push(api.rate("POST /clients", WRITERS, timed, &|number| {
        let body = json!({"name": format!("made {number}"), "grant_types": ["client_credentials"]});
        Call::post("/api/v2/clients".into(), &body)
    })?);
    figures.push(api.rate("PATCH /clients/{id}", WRITERS, timed, &|number| {
        let path = format!("/api/v2/clients/{}", nth(number * 7_919));
        Call::patch(path, &json!({"description": format!("changed {number}")}))
    })?);
    let few_kib = resident_kib(server.pid())?;
    server.stop()?;

    eprintln!("an import of {IMPORTED} clients");
    let directory = scratch.path().join("import");
    Subject::M2mint.seed(&directory, 0)?;
    let operator = crate::m2mint::operator(&directory)?;
    let server = Subject::M2mint.start(cores.server, &directory)?;
    let (imported, import_kib) = import(&server, &operator)?;
    let again = restart(server, cores.server, &directory)?;

    if as_json {
        let figures: Vec<Value> = figures.iter().map(Figure::to_json).collect();
        let report = json!({
            "machine": machine.to_string(),
            "clients": CLIENTS,
            "figures": figures,
            "resident_kib": few_kib,
            "import": {
                "clients": IMPORTED,
                "seconds": imported.as_secs_f64(),
                "resident_kib": import_kib,
                "resident_kib_after_restart": again,
            },
        });
        println!("{report}");
        return Ok(());
    }
    println!("{machine}\n");
    println!("{CLIENTS} clients, SQLite, server on one core\n");
    println!("| call | per second | p50 | p99 |\n|---|--:|--:|--:|");
    for figure in &figures {
        println!("{figure}");
    }
    println!("\nresident: {} MiB", few_kib / 1024);
    println!(
        "import of {IMPORTED} clients: {:.1} s; resident {} MiB after it, {} MiB after a restart",
        imported.as_secs_f64(),
        import_kib / 1024,
        again / 1024
    );
    Ok(())
}

/// Brings a document of many clients in by one call.
fn import(server: &Server, operator: &Operator) -> Result<(Duration, u64)> {
    let api = Api::new(server.address(Algorithm::Rs256), operator)?;
    let clients: Vec<Value> = (0..IMPORTED)
        .map(|number| {
            json!({
                "name": format!("client {number}"),
                "app_type": "non_interactive",
                "grant_types": ["client_credentials"],
            })
        })
        .collect();
    let body = json!({"document": {"clients": clients}});
    let call = Call::post("/m2mint/v1/import".into(), &body);
    drop(clients);
    let began = Instant::now();
    let mut connection = Connection::open(api.address)?;
    let (status, answer) = connection.ask(&call.request(&api))?;
    let took = began.elapsed();
    if status != 200 {
        bail!(
            "the import was refused: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    drop(answer);
    // Memory that was given back is not counted at once.
    thread::sleep(Duration::from_secs(2));
    Ok((took, resident_kib(server.pid())?))
}

/// The memory of the same register in a fresh process.
fn restart(server: Server, core: usize, directory: &Path) -> Result<u64> {
    server.stop()?;
    let server = Subject::M2mint.start(core, directory)?;
    server.settle()?;
    let kib = resident_kib(server.pid())?;
    server.stop()?;
    Ok(kib)
}

/// The API, and a token for it.
struct Api {
    address: SocketAddr,
    token: String,
}

/// One call.
struct Call {
    method: &'static str,
    path: String,
    body: String,
}

impl Call {
    fn get(path: String) -> Self {
        Self {
            method: "GET",
            path,
            body: String::new(),
        }
    }

    fn post(path: String, body: &Value) -> Self {
        Self {
            method: "POST",
            path,
            body: body.to_string(),
        }
    }

    fn patch(path: String, body: &Value) -> Self {
        Self {
            method: "PATCH",
            path,
            body: body.to_string(),
        }
    }

    fn request(&self, api: &Api) -> Vec<u8> {
        let Self { method, path, body } = self;
        let length = body.len();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            api.address, api.token
        )
        .into_bytes();
        request.extend_from_slice(body.as_bytes());
        request
    }
}

impl Api {
    fn new(address: SocketAddr, operator: &Operator) -> Result<Self> {
        let body = operator.token_request();
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nhost: {address}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, answer) = Connection::open(address)?.ask(request.as_bytes())?;
        let answer: Value = serde_json::from_slice(&answer).context("a token answer")?;
        let token = answer.get("access_token").and_then(Value::as_str);
        Ok(Self {
            address,
            token: token
                .with_context(|| format!("no token: {status}"))?
                .to_owned(),
        })
    }

    /// Makes calls on some connections for a while.
    fn rate(
        &self,
        what: &'static str,
        connections: usize,
        timed: Duration,
        call: &(dyn Fn(usize) -> Call + Sync),
    ) -> Result<Figure> {
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        let one = || -> Result<(Histogram, u64)> {
            let mut connection = Connection::open(self.address)?;
            let (mut latencies, mut answers) = (Histogram::new(), 0);
            while began.elapsed() < timed {
                let request = call(next.fetch_add(1, Ordering::Relaxed)).request(self);
                let asked = Instant::now();
                let (status, answer) = connection.ask(&request)?;
                if !(200..300).contains(&status) {
                    bail!("{what}: {status} {}", String::from_utf8_lossy(&answer));
                }
                latencies.record(asked.elapsed());
                answers += 1;
            }
            Ok((latencies, answers))
        };
        let (mut latencies, mut answers) = (Histogram::new(), 0);
        let done: Vec<Result<(Histogram, u64)>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the load died")))
                })
                .collect()
        });
        for result in done {
            let (more, count) = result?;
            latencies.add(&more);
            answers += count;
        }
        Ok(Figure {
            what,
            rate: per_second(answers, began.elapsed()),
            p50: latencies.percentile(50),
            p99: latencies.percentile(99),
        })
    }
}

impl Figure {
    fn to_json(&self) -> Value {
        json!({
            "call": self.what,
            "per_second": self.rate,
            "p50_seconds": self.p50.as_secs_f64(),
            "p99_seconds": self.p99.as_secs_f64(),
        })
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            what,
            rate,
            p50,
            p99,
        } = self;
        write!(f, "| `{what}` | {rate:.0} | {p50:.2?} | {p99:.2?} |")
    }
}
