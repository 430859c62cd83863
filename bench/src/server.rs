//! Servers: children of the bench, on the core of the servers.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::args::{IDEAL, M2MINT};
use crate::process::CoreTime;
use crate::sign::Algorithm;
use crate::token::Shape;

/// How long a server may take to start, and to stop.
const PATIENCE: Duration = Duration::from_mins(1);
/// A server that did nothing for this long has nothing left to do from the last slice.
const QUIET: Duration = Duration::from_millis(20);
/// How long to wait for that at most.
const SETTLE: Duration = Duration::from_millis(300);

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    ports: Ports,
}

enum Ports {
    /// m2mint: the audience chooses the algorithm.
    One(u16),
    /// The ideal endpoint, which looks nothing up: a port for each algorithm.
    Each(Vec<(Algorithm, u16)>),
}

impl Server {
    /// The ideal endpoint, for tokens of these shapes.
    pub(crate) fn ideal(core: usize, shapes: &[Shape]) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([IDEAL, &core.to_string()])
            .args(shapes.iter().map(Shape::to_argument))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the ideal endpoint")?;
        let stdout = child.stdout.take().context("stdout of the child")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ports = line
            .split_whitespace()
            .zip(shapes)
            .map(|(port, shape)| Ok((shape.algorithm, port.parse()?)))
            .collect::<Result<Vec<_>>>()?;
        if ports.len() != shapes.len() {
            bail!("the ideal endpoint did not start");
        }
        Ok(Self {
            child,
            ports: Ports::Each(ports),
        })
    }

    /// m2mint with this command line, once it accepts connections on `port`.
    ///
    /// What it writes goes to the file `log`.
    pub(crate) fn m2mint(core: usize, port: u16, arguments: &[String], log: &Path) -> Result<Self> {
        let log_file = File::create(log).context("log file")?;
        let child = Command::new(std::env::current_exe()?)
            .args([M2MINT, &core.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log_file.try_clone()?)
            .stderr(log_file)
            .spawn()
            .context("start m2mint")?;
        let mut server = Self {
            child,
            ports: Ports::One(port),
        };
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = server.child.try_wait()? {
                let log = std::fs::read_to_string(log).unwrap_or_default();
                bail!("m2mint did not start ({status}):\n{log}");
            }
            if began.elapsed() > PATIENCE {
                bail!("m2mint did not listen within {PATIENCE:?}");
            }
            thread::sleep(Duration::from_micros(200));
        }
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self, algorithm: Algorithm) -> SocketAddr {
        let port = match &self.ports {
            Ports::One(port) => *port,
            Ports::Each(ports) => ports
                .iter()
                .find(|(of, _)| *of == algorithm)
                .map_or(0, |(_, port)| *port),
        };
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }

    /// Waits until the server has done what it put off, so that the next one measured has the
    /// core for itself.
    pub(crate) fn settle(&self) -> Result<()> {
        let began = Instant::now();
        let mut before = CoreTime::of(self.pid())?;
        while began.elapsed() < SETTLE {
            thread::sleep(QUIET);
            let now = CoreTime::of(self.pid())?;
            // A timer that only looks around costs less than this.
            if now.since(before).ran < QUIET / 50 {
                return Ok(());
            }
            before = now;
        }
        Ok(())
    }

    /// Asks the server to end, and waits until it has written everything.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("pid")?, Signal::TERM).context("stop the server")?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                bail!("the server did not stop within {PATIENCE:?}");
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when the child has ended already, which is what is wanted.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A port nobody listens on now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a free port")?;
    Ok(listener.local_addr()?.port())
}
