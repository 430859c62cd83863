//! The load generator: one thread, keep-alive connections, one request in flight on each.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::answer::{Extent, extent, to_show};
use crate::histogram::Histogram;
use crate::process::CoreTime;
use crate::requests::Requests;

/// Connections, and so requests in flight.
const CONNECTIONS: usize = 32;
/// The longest answer that is read, head and body.
const LONGEST_ANSWER: usize = 16 * 1024;
/// How long a server may be silent before the run fails.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the caller may look at the server while it is under load.
const TICK: Duration = Duration::from_millis(100);

/// How long to ask: first without, then with counting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) warm_up: Duration,
    pub(crate) timed: Duration,
}

/// What one slice gave.
pub(crate) struct Measured {
    /// Answers in the timed part.
    pub(crate) answers: u64,
    pub(crate) elapsed: Duration,
    pub(crate) latencies: Histogram,
    /// Answers in all, with those of the warm-up and those in flight at the end.
    pub(crate) tokens: u64,
    /// What the load generator had of its core in the timed part.
    pub(crate) load: CoreTime,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        per_second(self.answers, self.elapsed)
    }
}

/// A rate, for counts far below 2^32.
pub(crate) fn per_second(count: u64, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / elapsed.as_secs_f64().max(1e-9)
}

/// Asks for tokens for the time of a slice, on connections made for it.
///
/// `tick` is called now and then while the server is under load.
///
/// # Errors
///
/// The first answer that is not a 200, shown without token; a connection that breaks; a server
/// that says nothing for ten seconds.
pub(crate) fn ask_for(
    address: SocketAddr,
    requests: &mut Requests,
    slice: Slice,
    tick: &mut dyn FnMut(),
) -> Result<Measured> {
    let mut poll = Poll::new().context("epoll")?;
    let mut events = Events::with_capacity(CONNECTIONS);
    let mut connections = (0..CONNECTIONS)
        .map(|number| Connection::open(address, &poll, Token(number)))
        .collect::<Result<Vec<_>>>()?;
    let mut run = Run::new(slice);
    for connection in &mut connections {
        connection.ask(requests)?;
    }
    let mut in_flight = connections.len();
    while in_flight > 0 {
        match poll.poll(&mut events, Some(PATIENCE)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other.context("epoll")?,
        }
        if events.is_empty() {
            bail!("no answer for {PATIENCE:?}");
        }
        for event in &events {
            let Some(connection) = connections.get_mut(event.token().0) else {
                continue;
            };
            if !connection.read_answer()? {
                continue;
            }
            let now = Instant::now();
            run.record(now, now - connection.asked);
            if run.is_over() {
                in_flight -= 1;
            } else {
                connection.asked = now;
                connection.send(requests)?;
            }
        }
        run.tick(tick);
    }
    Ok(run.measured())
}

/// The clock of one slice.
struct Run {
    timed: Duration,
    warm_until: Instant,
    began: Option<(Instant, CoreTime)>,
    over: Option<(Duration, CoreTime)>,
    next_tick: Instant,
    now: Instant,
    answers: u64,
    tokens: u64,
    latencies: Histogram,
}

impl Run {
    fn new(slice: Slice) -> Self {
        let now = Instant::now();
        Self {
            timed: slice.timed,
            warm_until: now + slice.warm_up,
            began: None,
            over: None,
            next_tick: now + slice.warm_up + TICK / 2,
            now,
            answers: 0,
            tokens: 0,
            latencies: Histogram::new(),
        }
    }

    fn record(&mut self, now: Instant, latency: Duration) {
        self.now = now;
        self.tokens += 1;
        let Some((began, load_before)) = self.began else {
            if now >= self.warm_until {
                self.began = Some((now, CoreTime::of_this_thread()));
            }
            return;
        };
        if self.over.is_some() {
            return;
        }
        self.answers += 1;
        self.latencies.record(latency);
        let elapsed = now - began;
        if elapsed >= self.timed {
            self.over = Some((elapsed, CoreTime::of_this_thread().since(load_before)));
        }
    }

    fn is_over(&self) -> bool {
        self.over.is_some()
    }

    fn tick(&mut self, tick: &mut dyn FnMut()) {
        if self.now >= self.next_tick {
            self.next_tick = self.now + TICK;
            tick();
        }
    }

    fn measured(self) -> Measured {
        let (elapsed, load) = self.over.unwrap_or_default();
        Measured {
            answers: self.answers,
            elapsed,
            latencies: self.latencies,
            tokens: self.tokens,
            load,
        }
    }
}

/// A connection and what has arrived on it of the answer to its one request.
struct Connection {
    stream: TcpStream,
    asked: Instant,
    buffer: Vec<u8>,
    filled: usize,
    extent: Option<Extent>,
}

impl Connection {
    fn open(address: SocketAddr, poll: &Poll, token: Token) -> Result<Self> {
        let stream = std::net::TcpStream::connect(address).context("connect")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let registry = poll.registry();
        registry.register(&mut stream, token, Interest::READABLE)?;
        Ok(Self {
            stream,
            asked: Instant::now(),
            buffer: vec![0; LONGEST_ANSWER],
            filled: 0,
            extent: None,
        })
    }

    fn ask(&mut self, requests: &mut Requests) -> Result<()> {
        self.asked = Instant::now();
        self.send(requests)
    }

    fn send(&mut self, requests: &mut Requests) -> Result<()> {
        let request = requests.next();
        // The send buffer is empty: everything before was answered.
        let sent = self.stream.write(request).context("send a request")?;
        if sent != request.len() {
            bail!("a request of {} bytes does not fit", request.len());
        }
        Ok(())
    }

    /// Reads what is there; `true` when the answer is complete, and it was a 200.
    fn read_answer(&mut self) -> Result<bool> {
        loop {
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.stream.read(room) {
                Ok(0) => bail!("the server hung up: {}", self.shown()),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("read an answer"),
            }
            let arrived = self.buffer.get(..self.filled).unwrap_or_default();
            if self.extent.is_none() {
                self.extent = extent(arrived)?;
            }
            let Some(extent) = self.extent else {
                continue;
            };
            if self.filled < extent.whole {
                if extent.whole > LONGEST_ANSWER {
                    bail!("an answer of {} bytes", extent.whole);
                }
                continue;
            }
            if !extent.ok || self.filled > extent.whole {
                bail!("not the answer that was expected:\n{}", self.shown());
            }
            self.filled = 0;
            self.extent = None;
            return Ok(true);
        }
    }

    fn shown(&self) -> String {
        to_show(self.buffer.get(..self.filled).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::Credentials;
    use std::io::BufRead as _;
    use std::net::TcpListener;
    use std::thread;

    /// Answers every request the same, on every connection, in as many pieces as given.
    fn server(pieces: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream.set_nodelay(true).unwrap();
                thread::spawn(move || {
                    let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
                    // The body has no line end: the next request's first line ends with it.
                    let mut line = String::new();
                    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                        if line == "\r\n" {
                            for piece in pieces {
                                if stream.write_all(piece.as_bytes()).is_err() {
                                    return;
                                }
                            }
                        }
                        line.clear();
                    }
                });
            }
        });
        address
    }

    fn ask(address: SocketAddr) -> Result<Measured> {
        let client = Credentials {
            client_id: "client".to_owned(),
            client_secret: "do-not-show".to_owned(),
        };
        let mut requests = Requests::new("127.0.0.1", "https://api.example", &[client]);
        let slice = Slice {
            warm_up: Duration::from_millis(1),
            timed: Duration::from_millis(5),
        };
        ask_for(address, &mut requests, slice, &mut || ())
    }

    #[test]
    fn answers_are_counted_also_when_they_come_in_pieces() {
        let address = server(&["HTTP/1.1 200 OK\r\nContent-Le", "ngth: 4\r\n\r\nto", "ke"]);
        let measured = ask(address).unwrap();
        assert!(measured.answers > 0);
        // The first answer of the timed part only starts the clock, and all in flight are waited for.
        assert!(measured.tokens >= measured.answers + u64::try_from(CONNECTIONS).unwrap());
        assert!(measured.elapsed >= Duration::from_millis(5));
        assert!(measured.latencies.percentile(50) > Duration::ZERO);
    }

    #[test]
    fn the_first_refusal_ends_the_run_and_is_shown_without_secrets() {
        let address = server(&["HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nbecause"]);
        let error = ask(address).err().unwrap().to_string();
        assert!(error.contains("403 Forbidden"), "{error}");
        assert!(!error.contains("do-not-show"), "{error}");
    }

    #[test]
    fn a_server_that_hangs_up_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(ask(address).is_err());
    }
}
