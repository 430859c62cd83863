//! The parent's side of the raw signing rate: a child that signs and nothing else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::args::SIGN;
use crate::load::per_second;
use crate::sign::Algorithm;

/// A child on the core of the servers; killed when dropped.
pub(crate) struct RawSigner {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl RawSigner {
    pub(crate) fn start(core: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([SIGN, &core.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the raw signer")?;
        let input = child.stdin.take().context("stdin of the child")?;
        let output = child.stdout.take().context("stdout of the child")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    /// Signatures a second over inputs of this many bytes.
    pub(crate) fn rate(
        &mut self,
        algorithm: Algorithm,
        bytes: usize,
        duration: Duration,
    ) -> Result<f64> {
        writeln!(self.input, "{algorithm} {bytes} {}", duration.as_millis())?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let (count, nanos) = line
            .trim()
            .split_once(' ')
            .context("the raw signer ended")?;
        Ok(per_second(
            count.parse()?,
            Duration::from_nanos(nanos.parse()?),
        ))
    }
}

impl Drop for RawSigner {
    fn drop(&mut self) {
        // Both fail when the child has ended already, which is what is wanted.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
