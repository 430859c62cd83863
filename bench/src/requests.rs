//! The requests of all clients, written out before the clock starts.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What a client proves itself with. Deliberately without `Debug`.
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// One token request for each client, back to back in one block.
pub(crate) struct Requests {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    next: usize,
    stride: usize,
}

impl Requests {
    pub(crate) fn new(host: &str, audience: &str, clients: &[Credentials]) -> Self {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(clients.len());
        let audience = utf8_percent_encode(audience, NON_ALPHANUMERIC);
        for client in clients {
            let body = format!(
                "grant_type=client_credentials&client_id={}&client_secret={}&audience={audience}",
                utf8_percent_encode(&client.client_id, NON_ALPHANUMERIC),
                utf8_percent_encode(&client.client_secret, NON_ALPHANUMERIC),
            );
            let request = format!(
                "POST /oauth/token HTTP/1.1\r\nHost: {host}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            bytes.extend_from_slice(request.as_bytes());
            ends.push(bytes.len());
        }
        Self {
            bytes,
            next: 0,
            stride: stride_through(ends.len()),
            ends,
        }
    }

    /// The next request: every client has its turn before one comes again, and neighbours in
    /// the order asked are not neighbours in memory.
    pub(crate) fn next(&mut self) -> &[u8] {
        let end = self.ends.get(self.next).copied().unwrap_or(0);
        let start = match self.next.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        self.next = (self.next + self.stride) % self.ends.len().max(1);
        self.bytes.get(start..end).unwrap_or_default()
    }
}

/// A step near 0.618 of the length that shares no factor with it.
fn stride_through(length: usize) -> usize {
    let wanted = length * 618 / 1000;
    (wanted.max(1)..=length.max(1))
        .find(|&step| common_factor(step, length) == 1)
        .unwrap_or(1)
}

fn common_factor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_factor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn clients(count: usize) -> Vec<Credentials> {
        (0..count)
            .map(|number| Credentials {
                client_id: format!("client{number}"),
                client_secret: "a+b&c".to_owned(),
            })
            .collect()
    }

    #[test]
    fn every_client_has_its_turn_before_one_comes_again() {
        for count in [1, 2, 10, 97, 1000] {
            let mut requests = Requests::new("h", "https://api.example", &clients(count));
            let seen: HashSet<Vec<u8>> = (0..count).map(|_| requests.next().to_vec()).collect();
            assert_eq!(seen.len(), count);
        }
    }

    #[test]
    fn a_request_is_a_form_with_its_length() {
        let mut requests = Requests::new("127.0.0.1:80", "https://api.example", &clients(1));
        let request = String::from_utf8(requests.next().to_vec()).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"));
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())));
        assert_eq!(
            body,
            "grant_type=client_credentials&client_id=client0&client_secret=a%2Bb%26c\
             &audience=https%3A%2F%2Fapi%2Eexample"
        );
    }
}
