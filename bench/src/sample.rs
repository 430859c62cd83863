//! One request at a time: is the answer a real one, and what does it look like?

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::answer::{extent, to_show};
use crate::requests::Requests;
use crate::sign::Algorithm;
use crate::token::Shape;

/// One answer of the token endpoint, without secret parts in its `Debug`: it has none.
pub(crate) struct Sample {
    access_token: String,
    scope: String,
    /// Bytes of head and body.
    pub(crate) answer_length: usize,
}

impl Sample {
    /// Asks once, on a connection of its own.
    ///
    /// # Errors
    ///
    /// When there is no connection, or the answer is not a 200 with an access token.
    pub(crate) fn take(address: SocketAddr, requests: &mut Requests) -> Result<Self> {
        let mut stream = TcpStream::connect(address).context("connect")?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(requests.next()).context("send")?;
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let read = stream.read(&mut chunk).context("read an answer")?;
            bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
            match extent(&bytes)? {
                Some(extent) if extent.ok && bytes.len() == extent.whole => {
                    return Self::parse(bytes.get(extent.head..).unwrap_or_default(), bytes.len());
                }
                Some(extent) if bytes.len() >= extent.whole => {
                    bail!("not the answer that was expected:\n{}", to_show(&bytes))
                }
                _ if read == 0 => bail!("the server hung up: {}", to_show(&bytes)),
                _ => {}
            }
        }
    }

    fn parse(body: &[u8], answer_length: usize) -> Result<Self> {
        let body: Value = serde_json::from_slice(body).context("the answer is not JSON")?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            access_token: text("access_token").context("no access_token")?,
            scope: text("scope").unwrap_or_default(),
            answer_length,
        })
    }

    /// The shape of the token.
    ///
    /// # Errors
    ///
    /// When it is not a JWT signed with this algorithm.
    pub(crate) fn shape(&self, algorithm: Algorithm) -> Result<Shape> {
        let segments: Vec<&str> = self.access_token.split('.').collect();
        let &[header, payload, _] = segments.as_slice() else {
            bail!("the access token is not a JWT");
        };
        let json = URL_SAFE_NO_PAD.decode(header).context("JWT header")?;
        let json: Value = serde_json::from_slice(&json).context("JWT header")?;
        let signed_with = json.get("alg").and_then(Value::as_str);
        if signed_with != Some(algorithm.name()) {
            bail!("asked for {algorithm}, the token is signed with {signed_with:?}");
        }
        Ok(Shape {
            algorithm,
            header: header.to_owned(),
            payload_length: payload.len(),
            scope: self.scope.clone(),
        })
    }

    pub(crate) fn is_same_token(&self, other: &Self) -> bool {
        self.access_token == other.access_token
    }
}

/// Two answers must be two tokens of the right algorithm; gives their shape.
pub(crate) fn check_real(
    address: SocketAddr,
    requests: &mut Requests,
    algorithm: Algorithm,
) -> Result<(Shape, usize)> {
    let first = Sample::take(address, requests)?;
    let second = Sample::take(address, requests)?;
    if first.is_same_token(&second) {
        bail!("{algorithm}: two requests gave one and the same token");
    }
    second.shape(algorithm)?;
    Ok((first.shape(algorithm)?, first.answer_length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Template;

    fn sample(algorithm: Algorithm) -> Sample {
        let mut template = Template::new(&Shape::usual(algorithm)).unwrap();
        Sample::parse(&template.body(1).unwrap(), 0).unwrap()
    }

    #[test]
    fn the_shape_of_a_token_is_what_it_was_made_from() {
        for algorithm in Algorithm::ALL {
            let shape = sample(algorithm).shape(algorithm).unwrap();
            assert_eq!(shape, Shape::usual(algorithm));
        }
    }

    #[test]
    fn a_token_of_another_algorithm_is_noticed() {
        let error = sample(Algorithm::Es256).shape(Algorithm::Rs256);
        assert!(error.unwrap_err().to_string().contains("ES256"));
    }
}
