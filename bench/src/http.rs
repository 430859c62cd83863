//! A connection that asks and waits: for loads where the server is the slow one.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How long an answer may take: an import of many clients is one.
const PATIENCE: Duration = Duration::from_mins(10);

/// A kept-alive connection of HTTP/1.1.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            read: Vec::new(),
        })
    }

    /// Sends a whole request and reads the answer: its status and its body.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.stream.write_all(request).context("send")?;
        self.read.clear();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            if let Some((status, start, length)) = head(&self.read)?
                && let Some(body) = self.read.get(start..start + length)
            {
                return Ok((status, body.to_vec()));
            }
            let count = self.stream.read(&mut chunk).context("read")?;
            if count == 0 {
                bail!("the server hung up");
            }
            self.read
                .extend_from_slice(chunk.get(..count).unwrap_or_default());
        }
    }
}

/// The status of an answer, where its body begins, and how long it is.
fn head(read: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(read.get(..end).unwrap_or_default()).to_lowercase();
    let status = text.split(' ').nth(1).context("a status")?.parse()?;
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(Ok(0), str::parse)
        .context("a length")?;
    Ok(Some((status, end + 4, length)))
}
