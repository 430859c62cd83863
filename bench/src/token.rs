//! Tokens for the ideal endpoint: as long as the real ones, and each one different.

use std::io::Write as _;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::sign::{Algorithm, SigningKey};

/// Bytes of the number that makes each token different.
const SERIAL: usize = 24;

/// The parts of a real token and answer that the ideal endpoint copies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Shape {
    pub(crate) algorithm: Algorithm,
    /// The token's first segment, as it is.
    pub(crate) header: String,
    /// Characters of the token's second segment.
    pub(crate) payload_length: usize,
    /// The `scope` member of the answer.
    pub(crate) scope: String,
}

impl Shape {
    /// What an RFC 9068 token usually looks like, for a run without m2mint.
    pub(crate) fn usual(algorithm: Algorithm) -> Self {
        let header = format!(
            r#"{{"alg":"{algorithm}","typ":"at+jwt","kid":"0123456789abcdefghijklmnopq"}}"#
        );
        Self {
            algorithm,
            header: URL_SAFE_NO_PAD.encode(header),
            payload_length: 416,
            scope: "read:timesheets".to_owned(),
        }
    }

    /// Bytes that are signed: header, dot, payload.
    pub(crate) fn signing_input_length(&self) -> usize {
        self.header.len() + 1 + self.payload_length
    }

    /// One word for a command line; [`Shape::from_argument`] reads it.
    pub(crate) fn to_argument(&self) -> String {
        format!(
            "{},{},{},{}",
            self.algorithm, self.header, self.payload_length, self.scope
        )
    }

    /// # Errors
    ///
    /// When the word is not one that [`Shape::to_argument`] writes.
    pub(crate) fn from_argument(word: &str) -> Result<Self> {
        let mut parts = word.splitn(4, ',');
        let mut next = || parts.next().context("ALG,HEADER,LENGTH,SCOPE");
        Ok(Self {
            algorithm: next()?.parse()?,
            header: next()?.to_owned(),
            payload_length: next()?.parse()?,
            scope: next()?.to_owned(),
        })
    }
}

/// A body with one hole for the serial number and one for the signature.
///
/// The hole lies on a base64 boundary, so that only the number itself is encoded again.
pub(crate) struct Template {
    key: SigningKey,
    /// `{"access_token":"`
    opening: &'static str,
    before_serial: String,
    after_serial: String,
    /// From the quote after the token to the end.
    closing: String,
    /// The length of the last body.
    capacity: usize,
}

impl Template {
    pub(crate) fn new(shape: &Shape) -> Result<Self> {
        let length = shape.payload_length / 4 * 3 + (shape.payload_length % 4).saturating_sub(1);
        // The payload ends with the number and `"}`; spaces before the brace move the number
        // to a multiple of three.
        let room = length
            .checked_sub(SERIAL + 2)
            .context("payload too short")?;
        let spaces = room % 3;
        let start = room - spaces;
        let mut head = String::from(concat!(
            r#"{"iss":"https://issuer.example/","aud":"https://api.example/","#,
            r#""iat":1767225600,"exp":1767312000,"client_id":""#
        ));
        let middle = r#"","jti":""#;
        let filler = start
            .checked_sub(head.len() + middle.len())
            .context("payload too short")?;
        head.extend(std::iter::repeat_n('x', filler));
        head.push_str(middle);
        let tail = format!("\"{}}}", " ".repeat(spaces));
        Ok(Self {
            key: SigningKey::generate(shape.algorithm)?,
            opening: r#"{"access_token":""#,
            before_serial: format!("{}.{}", shape.header, URL_SAFE_NO_PAD.encode(head)),
            after_serial: URL_SAFE_NO_PAD.encode(tail),
            closing: format!(
                r#"","scope":"{}","expires_in":86400,"token_type":"Bearer"}}"#,
                shape.scope
            ),
            capacity: 1024,
        })
    }

    /// The whole answer body, with a token for this serial number.
    pub(crate) fn body(&mut self, serial: u64) -> Result<Vec<u8>> {
        let mut number = [b'0'; SERIAL];
        write!(number.as_mut_slice(), "{serial:024x}").context("serial number")?;
        let mut encoded = [0; SERIAL / 3 * 4];
        URL_SAFE_NO_PAD
            .encode_slice(number, &mut encoded)
            .context("serial number")?;

        let mut body = Vec::with_capacity(self.capacity);
        body.extend_from_slice(self.opening.as_bytes());
        body.extend_from_slice(self.before_serial.as_bytes());
        body.extend_from_slice(&encoded);
        body.extend_from_slice(self.after_serial.as_bytes());
        let input = body.get(self.opening.len()..).context("signing input")?;
        let mut text = [0; 512];
        let written = self.key.sign(input, |signature| {
            URL_SAFE_NO_PAD.encode_slice(signature, &mut text)
        })?;
        let text = text.get(..written.context("signature")?);
        body.push(b'.');
        body.extend_from_slice(text.context("signature")?);
        body.extend_from_slice(self.closing.as_bytes());
        self.capacity = body.len();
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn token(body: &[u8]) -> String {
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 86_400);
        assert_eq!(body["scope"], "read:timesheets");
        body["access_token"].as_str().unwrap().to_owned()
    }

    fn payload(token: &str) -> Value {
        let segment = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
    }

    #[test]
    fn tokens_have_the_asked_length_and_a_readable_payload() {
        for length in (300..340).filter(|length| length % 4 != 1) {
            let shape = Shape {
                payload_length: length,
                ..Shape::usual(Algorithm::Hs256)
            };
            let token = token(&Template::new(&shape).unwrap().body(7).unwrap());
            let (input, signature) = token.rsplit_once('.').unwrap();
            assert_eq!(input.len(), shape.signing_input_length());
            assert_eq!(signature.len(), 43);
            assert_eq!(payload(&token)["jti"], format!("{:024x}", 7));
        }
    }

    #[test]
    fn two_serial_numbers_give_two_tokens() {
        for algorithm in Algorithm::ALL {
            let mut template = Template::new(&Shape::usual(algorithm)).unwrap();
            let first = token(&template.body(1).unwrap());
            let second = token(&template.body(2).unwrap());
            assert_ne!(payload(&first), payload(&second));
            assert_ne!(first.rsplit_once('.'), second.rsplit_once('.'));
        }
    }

    #[test]
    fn a_shape_survives_the_command_line() {
        let shape = Shape {
            scope: "read:a write:a, and more".to_owned(),
            ..Shape::usual(Algorithm::EdDsa)
        };
        assert_eq!(Shape::from_argument(&shape.to_argument()).unwrap(), shape);
    }
}
