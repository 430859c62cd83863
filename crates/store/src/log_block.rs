//! Log blocks: many events in one row, each text of them written once.
//!
//! A row for each event would cost more than the token it tells of. A block is
//!
//! ```text
//! version  1 byte
//! kinds    1 byte, a bit for each kind that occurs
//! count    number of events
//! texts    their number, then each with its length in front
//! events   flags, time since the event before, then what the flags announce:
//!          numbers of texts, addresses as 4 or 16 bytes, token ids as they are
//! ```
//!
//! with all numbers in LEB128. Numbers that stand on disk (kinds, flags) never change their
//! meaning; a new layout gets a new version.

mod wire;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use foldhash::fast::RandomState;
use m2mint_domain::Timestamp;
use m2mint_domain::id::{Id, Kind};
use m2mint_domain::log_event::{LogEvent, LogKind};

use wire::{Reader, fold_sign, put_number, put_text, unfold_sign};

/// The most events in a block. May grow, never shrink: a search reckons with the longest block there
/// can be.
pub(crate) const EVENTS_MAX: usize = 5_000;
/// A block that has grown to this many bytes is closed. One event more keeps it under 256 KiB.
const BYTES_FULL: usize = 224 * 1_024;
/// What an event takes at the least: flags, time, description, host name.
const EVENT_BYTES_MIN: usize = 4;
const VERSION: u8 = 1;

const KIND_BITS: u64 = 0b111;
const CLIENT_ID: u64 = 1 << 3;
const CLIENT_NAME: u64 = 1 << 4;
const CREDENTIAL_ID: u64 = 1 << 5;
const IPV4: u64 = 1 << 6;
const IPV6: u64 = 1 << 7;
const USER_AGENT: u64 = 1 << 8;
const AUDIENCE: u64 = 1 << 9;
const SCOPE: u64 = 1 << 10;
const ORGANIZATION: u64 = 1 << 11;
const TOKEN_ID: u64 = 1 << 12;
const DETAILS: u64 = 1 << 13;
const FLAGS_END: u64 = 1 << 14;

/// Why some bytes are no block.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum InvalidBlock {
    #[error("log block of unknown version {0}")]
    Version(u8),
    #[error("log block ends too early")]
    Short,
    #[error("log block goes on after its last event")]
    Long,
    #[error("number in a log block is too big")]
    Number,
    #[error("text in a log block is not UTF-8")]
    Text,
    #[error("log event refers to a text that is not there")]
    Reference,
    #[error("log event has unknown flags")]
    Flags,
    #[error("log event holds an invalid identifier")]
    Id,
    #[error("log block does not hold the events its row says")]
    Count,
}

/// A block ready to be written.
pub(crate) struct EncodedBlock {
    pub(crate) events: usize,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) body: Vec<u8>,
}

/// Writes events into as few blocks as their limits allow.
pub(crate) fn encode(events: &[LogEvent]) -> Vec<EncodedBlock> {
    let mut blocks = Vec::new();
    let mut writer = Writer::default();
    for event in events {
        writer.push(event);
        if writer.is_full() {
            blocks.extend(writer.finish());
        }
    }
    blocks.extend(writer.finish());
    blocks
}

/// A block that grows. Texts are found again by where they are in memory, because most of them
/// are shared; only one met at a new place is compared letter by letter.
#[derive(Default)]
struct Writer<'a> {
    by_place: HashMap<(usize, usize), u32, RandomState>,
    by_text: HashMap<&'a str, u32, RandomState>,
    texts: Vec<u8>,
    events: Vec<u8>,
    count: usize,
    kinds: u8,
    at: i64,
    times: Option<(Timestamp, Timestamp)>,
}

impl<'a> Writer<'a> {
    fn push(&mut self, event: &'a LogEvent) {
        let LogEvent {
            at,
            kind,
            description,
            client_id,
            client_name,
            credential_id,
            ip,
            hostname,
            user_agent,
            audience,
            scope,
            organization,
            token_id,
            details,
        } = event;
        let number = kind_number(*kind);
        let flag = |there: bool, bit: u64| if there { bit } else { 0 };
        let flags = u64::from(number)
            | flag(client_id.is_some(), CLIENT_ID)
            | flag(client_name.is_some(), CLIENT_NAME)
            | flag(credential_id.is_some(), CREDENTIAL_ID)
            | flag(matches!(ip, Some(IpAddr::V4(_))), IPV4)
            | flag(matches!(ip, Some(IpAddr::V6(_))), IPV6)
            | flag(user_agent.is_some(), USER_AGENT)
            | flag(audience.is_some(), AUDIENCE)
            | flag(scope.is_some(), SCOPE)
            | flag(organization.is_some(), ORGANIZATION)
            | flag(token_id.is_some(), TOKEN_ID)
            | flag(details.is_some(), DETAILS);
        put_number(&mut self.events, flags);
        let millis = at.as_millis();
        put_number(&mut self.events, fold_sign(millis.wrapping_sub(self.at)));
        self.at = millis;
        self.text(description);
        self.text(hostname);
        self.maybe_text(client_id.as_ref().map(Id::as_str));
        self.maybe_text(client_name.as_deref());
        self.maybe_text(credential_id.as_ref().map(Id::as_str));
        match ip {
            None => {}
            Some(IpAddr::V4(ip)) => self.events.extend_from_slice(&ip.octets()),
            Some(IpAddr::V6(ip)) => self.events.extend_from_slice(&ip.octets()),
        }
        self.maybe_text(user_agent.as_deref());
        self.maybe_text(audience.as_deref());
        self.maybe_text(scope.as_deref());
        if let Some((id, name)) = organization {
            self.text(id.as_str());
            self.text(name);
        }
        if let Some(id) = token_id {
            put_text(&mut self.events, id.as_str());
        }
        self.maybe_text(details.as_deref());

        self.count += 1;
        self.kinds |= 1 << number;
        let (first, last) = self.times.unwrap_or((*at, *at));
        self.times = Some((first.min(*at), last.max(*at)));
    }

    fn maybe_text(&mut self, text: Option<&'a str>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// Writes the number of a text, and the text itself if it is new.
    fn text(&mut self, text: &'a str) {
        // Every event of the batch lives until the block is finished, so a place in memory holds
        // one text for as long as this map does.
        let place = (text.as_ptr().addr(), text.len());
        let number = match self.by_place.get(&place) {
            Some(number) => *number,
            None => self.new_place(place, text),
        };
        put_number(&mut self.events, u64::from(number));
    }

    fn new_place(&mut self, place: (usize, usize), text: &'a str) -> u32 {
        // Eleven texts an event and `EVENTS_MAX` events: far below the end of `u32`.
        let next = u32::try_from(self.by_text.len()).unwrap_or(u32::MAX);
        let number = *self.by_text.entry(text).or_insert(next);
        if number == next {
            put_text(&mut self.texts, text);
        }
        self.by_place.insert(place, number);
        number
    }

    fn is_full(&self) -> bool {
        EVENTS_MAX <= self.count || BYTES_FULL <= self.texts.len() + self.events.len()
    }

    /// Gives the block, if it holds anything, and begins the next.
    fn finish(&mut self) -> Option<EncodedBlock> {
        let (first_at, last_at) = self.times.take()?;
        let mut body = Vec::with_capacity(self.texts.len() + self.events.len() + 16);
        body.extend([VERSION, self.kinds]);
        put_number(&mut body, self.count as u64);
        put_number(&mut body, self.by_text.len() as u64);
        body.extend_from_slice(&self.texts);
        body.extend_from_slice(&self.events);
        let block = EncodedBlock {
            events: self.count,
            first_at,
            last_at,
            body,
        };
        self.by_place.clear();
        self.by_text.clear();
        self.texts.clear();
        self.events.clear();
        self.count = 0;
        self.kinds = 0;
        self.at = 0;
        Some(block)
    }
}

/// A block as it was read: texts in place, events not yet looked at.
pub(crate) struct LogBlock<'a> {
    kinds: u8,
    count: usize,
    texts: Vec<&'a str>,
    events: Reader<'a>,
}

impl<'a> LogBlock<'a> {
    /// Reads the texts. What is allocated is bounded by the length of `body`.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, InvalidBlock> {
        let mut reader = Reader::new(body);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(InvalidBlock::Version(version));
        }
        let kinds = reader.byte()?;
        let count = reader.count(EVENT_BYTES_MIN)?;
        let texts = reader.count(1)?;
        let texts = (0..texts)
            .map(|_| reader.text())
            .collect::<Result<_, _>>()?;
        Ok(Self {
            kinds,
            count,
            texts,
            events: reader,
        })
    }

    /// How many events it says it holds.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Whether an event of this kind is in it.
    pub(crate) fn has(&self, kind: LogKind) -> bool {
        self.kinds & (1 << kind_number(kind)) != 0
    }

    /// The number of a text, where it occurs.
    pub(crate) fn position_of(&self, text: &str) -> Option<usize> {
        self.texts.iter().position(|one| *one == text)
    }

    /// The events in the order of writing. Ends after the first error.
    pub(crate) fn events(&self) -> Events<'a> {
        Events {
            reader: self.events.clone(),
            left: self.count,
            at: 0,
        }
    }

    /// Builds the event that `raw` stands for.
    pub(crate) fn read(&self, raw: &RawEvent<'_>) -> Result<LogEvent, InvalidBlock> {
        Ok(LogEvent {
            at: raw.at,
            kind: raw.kind,
            description: self.text(raw.description)?,
            client_id: self.id(raw.client_id)?,
            client_name: self.maybe_text(raw.client_name)?,
            credential_id: self.id(raw.credential_id)?,
            ip: raw.ip,
            hostname: self.text(raw.hostname)?,
            user_agent: self.maybe_text(raw.user_agent)?,
            audience: self.maybe_text(raw.audience)?,
            scope: self.maybe_text(raw.scope)?,
            organization: match raw.organization {
                None => None,
                Some((id, name)) => Some((parse_id(self.borrow(id)?)?, self.text(name)?)),
            },
            token_id: raw.token_id.map(parse_id).transpose()?,
            details: self.maybe_text(raw.details)?,
        })
    }

    /// The text of this number.
    pub(crate) fn borrow(&self, number: usize) -> Result<&'a str, InvalidBlock> {
        let text = self.texts.get(number).copied();
        text.ok_or(InvalidBlock::Reference)
    }

    fn text(&self, number: usize) -> Result<Arc<str>, InvalidBlock> {
        self.borrow(number).map(Arc::from)
    }

    fn maybe_text(&self, number: Option<usize>) -> Result<Option<Arc<str>>, InvalidBlock> {
        number.map(|number| self.text(number)).transpose()
    }

    fn id<K: Kind>(&self, number: Option<usize>) -> Result<Option<Id<K>>, InvalidBlock> {
        number
            .map(|number| parse_id(self.borrow(number)?))
            .transpose()
    }
}

fn parse_id<K: Kind>(text: &str) -> Result<Id<K>, InvalidBlock> {
    text.parse().map_err(|_| InvalidBlock::Id)
}

/// An event with numbers where its texts will be.
pub(crate) struct RawEvent<'a> {
    at: Timestamp,
    kind: LogKind,
    description: usize,
    client_id: Option<usize>,
    client_name: Option<usize>,
    credential_id: Option<usize>,
    ip: Option<IpAddr>,
    hostname: usize,
    user_agent: Option<usize>,
    audience: Option<usize>,
    scope: Option<usize>,
    organization: Option<(usize, usize)>,
    token_id: Option<&'a str>,
    details: Option<usize>,
}

impl RawEvent<'_> {
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn kind(&self) -> LogKind {
        self.kind
    }

    /// The number of its client's id among the texts of the block.
    pub(crate) fn client(&self) -> Option<usize> {
        self.client_id
    }
}

/// The events of a block.
pub(crate) struct Events<'a> {
    reader: Reader<'a>,
    left: usize,
    at: i64,
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<RawEvent<'a>, InvalidBlock>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            let rest = std::mem::replace(&mut self.reader, Reader::new(&[]));
            return (0 < rest.left()).then_some(Err(InvalidBlock::Long));
        }
        self.left -= 1;
        let event = self.event();
        if event.is_err() {
            self.left = 0;
            self.reader = Reader::new(&[]);
        }
        Some(event)
    }
}

impl<'a> Events<'a> {
    fn event(&mut self) -> Result<RawEvent<'a>, InvalidBlock> {
        let flags = self.reader.number()?;
        let kind = kind_of(flags & KIND_BITS).ok_or(InvalidBlock::Flags)?;
        let both = IPV4 | IPV6;
        if FLAGS_END <= flags || flags & both == both {
            return Err(InvalidBlock::Flags);
        }
        self.at = self.at.wrapping_add(unfold_sign(self.reader.number()?));
        Ok(RawEvent {
            at: Timestamp::from_millis(self.at),
            kind,
            description: self.number()?,
            hostname: self.number()?,
            client_id: self.number_if(flags & CLIENT_ID)?,
            client_name: self.number_if(flags & CLIENT_NAME)?,
            credential_id: self.number_if(flags & CREDENTIAL_ID)?,
            ip: match flags & both {
                IPV4 => Some(Ipv4Addr::from(self.reader.array::<4>()?).into()),
                IPV6 => Some(Ipv6Addr::from(self.reader.array::<16>()?).into()),
                _ => None,
            },
            user_agent: self.number_if(flags & USER_AGENT)?,
            audience: self.number_if(flags & AUDIENCE)?,
            scope: self.number_if(flags & SCOPE)?,
            organization: match flags & ORGANIZATION {
                0 => None,
                _ => Some((self.number()?, self.number()?)),
            },
            token_id: match flags & TOKEN_ID {
                0 => None,
                _ => Some(self.reader.text()?),
            },
            details: self.number_if(flags & DETAILS)?,
        })
    }

    fn number(&mut self) -> Result<usize, InvalidBlock> {
        usize::try_from(self.reader.number()?).map_err(|_| InvalidBlock::Number)
    }

    fn number_if(&mut self, flag: u64) -> Result<Option<usize>, InvalidBlock> {
        match flag {
            0 => Ok(None),
            _ => self.number().map(Some),
        }
    }
}

/// The number of a kind on disk: below 8.
fn kind_number(kind: LogKind) -> u8 {
    match kind {
        LogKind::TokenIssued => 0,
        LogKind::TokenRefused => 1,
        LogKind::ManagementChanged => 2,
        LogKind::ManagementRefused => 3,
        LogKind::SecretShown => 4,
        LogKind::RateLimited => 5,
        LogKind::NetworkAclSummary => 6,
    }
}

fn kind_of(number: u64) -> Option<LogKind> {
    LogKind::ALL
        .into_iter()
        .find(|kind| u64::from(kind_number(*kind)) == number)
}

#[cfg(test)]
mod tests;
