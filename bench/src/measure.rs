//! One whole run, from empty directories to the report.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::args::Options;
use crate::m2mint::{Seeded, Subject};
use crate::machine::Machine;
use crate::pin::{Cores, pin_to};
use crate::process::resident_kib;
use crate::raw::RawSigner;
use crate::report::{Repeated, Report, Row};
use crate::requests::Requests;
use crate::rounds::{Pace, Side, Turns, median};
use crate::sample::{Sample, check_real};
use crate::server::Server;
use crate::sign::Algorithm;
use crate::token::Shape;

const FEW: usize = 10;
const MANY: usize = 100_000;

/// Measures everything; progress goes to stderr.
pub(crate) fn measure(options: Options) -> Result<Report> {
    let began = Instant::now();
    let say = |what: &str| eprintln!("{:6.1} s  {what}", began.elapsed().as_secs_f64());
    let pace = if options.quick {
        Pace::QUICK
    } else {
        Pace::FULL
    };
    let subject = options.subject;
    let cores = Cores::choose()?;
    let machine = Machine::read(cores.server, cores.load);
    let scratch = TempDir::new().context("scratch directory")?;

    say("seeding the data directories");
    let few = Population::seed(subject, scratch.path(), FEW)?;
    let many = Population::seed(subject, scratch.path(), MANY)?;
    pin_to(cores.load)?;

    say("start to first token");
    let start_to_token = few.start_to_token(cores.server, pace.starts)?;
    let bytes_before = bytes_in(&few.directory)?;

    say("starting the servers");
    let few_server = subject.start(cores.server, &few.directory)?;
    few_server.settle()?;
    let idle_kib = resident_kib(few_server.pid())?;
    let many_server = subject.start(cores.server, &many.directory)?;
    many_server.settle()?;
    let idle_many_kib = resident_kib(many_server.pid())?;
    let shapes = shapes(&few, &few_server)?;
    let mut bench = Bench {
        pace,
        ideal: Server::ideal(cores.server, &shapes)?,
        signer: RawSigner::start(cores.server)?,
        few,
        few_server,
        many,
        many_server,
        tokens: 2 * u64::try_from(shapes.len())?,
        loaded_kib: idle_kib,
    };
    let mut rows = Vec::new();
    for shape in &shapes {
        say(&format!("{}: {} rounds", shape.algorithm, pace.rounds));
        rows.extend(bench.rows(shape)?);
    }
    say("the same token again and again");
    let same_second = bench.repeat()?;

    say("stopping the servers");
    bench.few_server.stop()?;
    bench.many_server.stop()?;
    let grown = bytes_in(&bench.few.directory)?.saturating_sub(bytes_before);
    say("done");
    Ok(Report {
        subject: subject.name(),
        machine,
        rows,
        same_second,
        idle_kib,
        loaded_kib: bench.loaded_kib,
        idle_many_kib,
        start_to_token,
        db_bytes_per_token: quotient(grown, bench.tokens),
    })
}

/// All that runs while rows are measured.
struct Bench {
    pace: Pace,
    ideal: Server,
    signer: RawSigner,
    few: Population,
    few_server: Server,
    many: Population,
    many_server: Server,
    /// Tokens the server with few clients has issued.
    tokens: u64,
    loaded_kib: u64,
}

impl Bench {
    /// The rows of one algorithm: few clients, many clients.
    fn rows(&mut self, shape: &Shape) -> Result<[Row; 2]> {
        let algorithm = shape.algorithm;
        self.many.share(&self.many_server, algorithm)?;
        let (mut ideal, ideal_answer_bytes) = self.few.side(&self.ideal, algorithm)?;
        let (mut few, answer_bytes) = self.few.side(&self.few_server, algorithm)?;
        let (mut many, _) = self.many.side(&self.many_server, algorithm)?;
        let mut turns = Turns::new(&mut ideal, &mut few, &mut many);
        let mut raw = Vec::new();
        for _ in 0..self.pace.rounds {
            turns.round(self.pace.slice)?;
            let length = shape.signing_input_length();
            raw.push(self.signer.rate(algorithm, length, self.pace.raw)?);
        }
        let (few_ratio, many_ratio) = turns.ratios();
        self.tokens += 2 + few.tokens();
        self.loaded_kib = self.loaded_kib.max(few.most_kib);
        let raw_sign_per_s = median(raw);
        let row = |clients, side: &Side<'_>, ratio| -> Result<Row> {
            let latencies = side.latencies();
            Ok(Row {
                algorithm,
                clients,
                ideal_rps: ideal.rate(),
                rps: side.rate(),
                ratio,
                p50: latencies.percentile(50),
                p99: latencies.percentile(99),
                raw_sign_per_s,
                core_us_per_token: side.core_micros_each()?,
                ideal_core_us_per_token: ideal.core_micros_each()?,
                busy: side.busy(),
                ideal_busy: ideal.busy(),
                load_busy: side.load_busy().max(ideal.load_busy()),
                disturbed: ideal.waited().max(ideal.load_waited()),
                answer_bytes,
                ideal_answer_bytes,
            })
        };
        Ok([row(FEW, &few, few_ratio)?, row(MANY, &many, many_ratio)?])
    }

    /// One client that asks for the same token again and again.
    fn repeat(&mut self) -> Result<Option<Repeated>> {
        let Some((algorithm, audience)) = &self.few.seeded.repeated else {
            return Ok(None);
        };
        let algorithm = *algorithm;
        let address = self.few_server.address(algorithm);
        let one = self.few.seeded.clients.get(..1).unwrap_or_default();
        let mut requests = Requests::new(&address.to_string(), audience, one);
        let mut same_token = false;
        // A new second may begin between two requests, but not twice in a row.
        for _ in 0..2 {
            let first = Sample::take(address, &mut requests)?;
            same_token |= first.is_same_token(&Sample::take(address, &mut requests)?);
        }
        let mut side = Side::new(&self.few_server, algorithm, requests)?;
        for _ in 0..self.pace.rounds {
            side.measure(self.pace.slice)?;
        }
        self.tokens += 4 + side.tokens();
        let latencies = side.latencies();
        Ok(Some(Repeated {
            algorithm,
            rps: side.rate(),
            p50: latencies.percentile(50),
            p99: latencies.percentile(99),
            same_token,
        }))
    }
}

/// A data directory and the clients in it.
struct Population {
    subject: Subject,
    directory: PathBuf,
    seeded: Seeded,
}

impl Population {
    fn seed(subject: Subject, scratch: &Path, clients: usize) -> Result<Self> {
        let directory = scratch.join(format!("clients-{clients}"));
        fs::create_dir(&directory).context("data directory")?;
        let seeded = subject.seed(&directory, clients)?;
        Ok(Self {
            subject,
            directory,
            seeded,
        })
    }

    /// Turns a shared resource server to `algorithm`.
    fn share(&self, server: &Server, algorithm: Algorithm) -> Result<()> {
        let mut requests = self.requests(server, algorithm)?;
        let address = server.address(algorithm);
        self.subject
            .share(&self.directory, &self.seeded, algorithm, || {
                Ok(Sample::take(address, &mut requests)?
                    .shape(algorithm)
                    .is_ok())
            })
    }

    fn requests(&self, server: &Server, algorithm: Algorithm) -> Result<Requests> {
        let mut audiences = self.seeded.audiences.iter();
        let audience = audiences.find(|(of, _)| *of == algorithm);
        let (_, audience) = audience.with_context(|| format!("no audience for {algorithm}"))?;
        let host = server.address(algorithm).to_string();
        Ok(Requests::new(&host, audience, &self.seeded.clients))
    }

    /// A server that was seen to give real tokens, and the length of its answers.
    fn side<'a>(&self, server: &'a Server, algorithm: Algorithm) -> Result<(Side<'a>, usize)> {
        let mut requests = self.requests(server, algorithm)?;
        let (_, length) = check_real(server.address(algorithm), &mut requests, algorithm)?;
        Ok((Side::new(server, algorithm, requests)?, length))
    }

    /// From the start of the process to the first token, the median of some starts.
    fn start_to_token(&self, core: usize, starts: usize) -> Result<Duration> {
        let (algorithm, _) = self.seeded.audiences.first().context("no audience")?;
        let mut seconds = Vec::new();
        for _ in 0..starts {
            let began = Instant::now();
            let server = self.subject.start(core, &self.directory)?;
            let address = server.address(*algorithm);
            let mut requests = self.requests(&server, *algorithm)?;
            while let Err(error) = Sample::take(address, &mut requests) {
                if began.elapsed() > Duration::from_secs(10) {
                    return Err(error).context("no token within ten seconds of the start");
                }
            }
            seconds.push(began.elapsed().as_secs_f64());
            server.stop()?;
        }
        Ok(Duration::from_secs_f64(median(seconds)))
    }
}

/// What the tokens of the subject look like, for the ideal endpoint to copy.
fn shapes(few: &Population, server: &Server) -> Result<Vec<Shape>> {
    let audiences = few.seeded.audiences.iter();
    audiences
        .map(|(algorithm, _)| {
            let mut requests = few.requests(server, *algorithm)?;
            let address = server.address(*algorithm);
            Ok(check_real(address, &mut requests, *algorithm)?.0)
        })
        .collect()
}

/// For numbers far below 2^32.
fn quotient(dividend: u64, divisor: u64) -> f64 {
    let float = |number| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    float(dividend) / float(divisor.max(1))
}

/// Bytes of all files below a directory.
fn bytes_in(directory: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(directory).context("data directory")? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() {
            bytes_in(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(total)
}
