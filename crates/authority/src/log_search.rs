//! Searching the log: the part of Lucene's query language that Auth0's `q` takes.
//!
//! `type:feccft AND (client_name:"billing" OR ip:10.0.*) AND date:[2026-01-01 TO *]`. Values are whole
//! values: nothing is split into words, and letters are as they are. Terms without an operator between
//! them must all hold. What this does not know is an error, never ignored.

mod parse;
mod time;

use std::borrow::Cow;
use std::sync::Arc;

use m2mint_domain::Timestamp;
use m2mint_domain::log_event::{LogEvent, LogKind};
use m2mint_store::{LogCondition, LogQuery};

use crate::log_entry;
use time::Span;

/// How a search is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// `q`: Lucene. Values match whole, and letter by letter.
    Lucene,
    /// `search`: the older parameter. Values match from their beginning, quoted ones whole, and
    /// capital letters are like small ones.
    Simple,
}

/// Why a text is no search.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason} (at character {at})")]
pub struct InvalidSearch {
    /// Where, in characters from 1.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// A search, ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSearch(Node);

/// A member of an entry that can be searched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    /// Any of those that a term without a field looks at.
    Default,
    AgentId,
    Audience,
    ClientId,
    ClientName,
    Connection,
    ConnectionId,
    Date,
    Description,
    Hostname,
    Ip,
    LogId,
    OrganizationId,
    OrganizationName,
    Strategy,
    StrategyType,
    Type,
    UserAgent,
    UserId,
    UserName,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Is(Field, Test),
}

/// What a value must be like.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// There is one.
    Exists,
    /// It is in this time.
    Within(Span),
    /// It lies between two texts. The flags say whether they are included themselves.
    Between(Option<(String, bool)>, Option<(String, bool)>),
    /// It fits.
    Like(Pattern),
}

/// Pieces of text with anything between them.
#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    /// At least one. The first begins the value, the last ends it; either may be empty.
    pieces: Vec<String>,
    /// Whether capital letters are like small ones.
    folded: bool,
}

const FIELDS: [(&str, Field); 19] = [
    ("agent_id", Field::AgentId),
    ("audience", Field::Audience),
    ("client_id", Field::ClientId),
    ("client_name", Field::ClientName),
    ("connection", Field::Connection),
    ("connection_id", Field::ConnectionId),
    ("date", Field::Date),
    ("description", Field::Description),
    ("hostname", Field::Hostname),
    ("ip", Field::Ip),
    ("log_id", Field::LogId),
    ("organization_id", Field::OrganizationId),
    ("organization_name", Field::OrganizationName),
    ("strategy", Field::Strategy),
    ("strategy_type", Field::StrategyType),
    ("type", Field::Type),
    ("user_agent", Field::UserAgent),
    ("user_id", Field::UserId),
    ("user_name", Field::UserName),
];

/// What a term without a field looks at.
const DEFAULTS: [Field; 7] = [
    Field::ClientName,
    Field::Connection,
    Field::Description,
    Field::Ip,
    Field::LogId,
    Field::Type,
    Field::UserName,
];

impl LogSearch {
    /// Reads a search. Takes time in proportion to the length of `text`, which is bounded, as are
    /// its depth and its terms.
    ///
    /// # Errors
    ///
    /// [`InvalidSearch`] for everything that is not in the language.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, InvalidSearch> {
        parse::parse(text, dialect).map(Self)
    }

    /// What both mean.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(Node::All(vec![self.0, other.0]))
    }

    /// Whether an entry is meant.
    #[must_use]
    pub fn matches(&self, sequence: u64, event: &LogEvent) -> bool {
        self.0.holds(sequence, event)
    }

    /// Asks `query` for entries that match, and lets the store leave out early what cannot.
    pub fn narrow(self, query: &mut LogQuery) {
        self.0.narrow(query);
        let search = Arc::new(self);
        query.condition = Some(LogCondition::new(move |sequence, event| {
            search.matches(sequence, event)
        }));
    }
}

impl Node {
    fn holds(&self, sequence: u64, event: &LogEvent) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(sequence, event)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(sequence, event)),
            Self::Not(node) => !node.holds(sequence, event),
            Self::Is(Field::Default, test) => DEFAULTS
                .iter()
                .any(|field| test.holds(*field, sequence, event)),
            Self::Is(field, test) => test.holds(*field, sequence, event),
        }
    }

    /// Tells the store what it can use of a condition that must hold.
    fn narrow(&self, query: &mut LogQuery) {
        match self {
            Self::Is(Field::ClientId, Test::Like(pattern)) => {
                let id = pattern.exact().and_then(|text| text.parse().ok());
                query.client_id = id.or(query.client_id.take());
            }
            Self::Is(Field::Date, Test::Within(Span { from, until })) => {
                query.since = query.since.max(*from);
                query.until = match (query.until, *until) {
                    (Some(here), Some(there)) => Some(here.min(there)),
                    (here, there) => here.or(there),
                };
            }
            Self::Is(Field::Type, _) if query.kinds.is_empty() => {
                query.kinds.extend(self.kind());
            }
            Self::Any(nodes) if query.kinds.is_empty() => {
                // One that is about anything else may hold for any kind.
                let kinds: Option<Vec<LogKind>> = nodes.iter().map(Self::kind).collect();
                query.kinds = kinds.unwrap_or_default();
            }
            Self::All(nodes) => nodes.iter().for_each(|node| node.narrow(query)),
            Self::Any(_) | Self::Is(..) | Self::Not(_) => {}
        }
    }

    fn kind(&self) -> Option<LogKind> {
        let Self::Is(Field::Type, Test::Like(pattern)) = self else {
            return None;
        };
        LogKind::parse(pattern.exact()?)
    }
}

impl Test {
    fn holds(&self, field: Field, sequence: u64, event: &LogEvent) -> bool {
        if let (Self::Within(span), Field::Date) = (self, field) {
            return span.holds(event.at);
        }
        let Some(value) = field.value(sequence, event) else {
            return false;
        };
        match self {
            Self::Exists => true,
            Self::Within(_) => false,
            Self::Like(pattern) => pattern.fits(&value),
            Self::Between(low, high) => {
                let value = &*value;
                low.as_ref().is_none_or(|(low, included)| {
                    low.as_str() < value || (*included && low == value)
                }) && high.as_ref().is_none_or(|(high, included)| {
                    value < high.as_str() || (*included && high == value)
                })
            }
        }
    }
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        let found = FIELDS.iter().find(|(known, _)| *known == name);
        found.map(|(_, field)| *field)
    }

    /// What an entry has there; machines have no users, connections and agents.
    fn value(self, sequence: u64, event: &LogEvent) -> Option<Cow<'_, str>> {
        match self {
            Self::Default
            | Self::AgentId
            | Self::Connection
            | Self::ConnectionId
            | Self::Strategy
            | Self::StrategyType
            | Self::UserId
            | Self::UserName => None,
            Self::Audience => event.audience.as_deref().map(Cow::from),
            Self::ClientId => event.client_id.as_ref().map(|id| id.as_str().into()),
            Self::ClientName => event.client_name.as_deref().map(Cow::from),
            Self::Date => Some(log_entry::date(event.at).into()),
            Self::Description => Some((&*event.description).into()),
            Self::Hostname => Some((&*event.hostname).into()),
            Self::Ip => event.ip.map(|ip| ip.to_string().into()),
            Self::LogId => Some(log_entry::log_id(event.at, sequence).into()),
            Self::OrganizationId => {
                let organization = event.organization.as_ref();
                organization.map(|(id, _)| id.as_str().into())
            }
            Self::OrganizationName => {
                let organization = event.organization.as_ref();
                organization.map(|(_, name)| (&**name).into())
            }
            Self::Type => Some(event.kind.code().into()),
            Self::UserAgent => event.user_agent.as_deref().map(Cow::from),
        }
    }
}

impl Pattern {
    /// The one value that fits, where there is one.
    fn exact(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [only] if !self.folded => Some(only),
            _ => None,
        }
    }

    /// Whether a value fits: each piece where it first occurs behind the one before, so that no
    /// letter is looked at again and again.
    fn fits(&self, value: &str) -> bool {
        let folded;
        let value = if self.folded {
            folded = value.to_lowercase();
            &folded
        } else {
            value
        };
        let Some((first, rest)) = self.pieces.split_first() else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return value == first;
        };
        let Some(mut left) = value.strip_prefix(first.as_str()) else {
            return false;
        };
        for piece in middle {
            let Some((_, behind)) = left.split_once(piece.as_str()) else {
                return false;
            };
            left = behind;
        }
        left.ends_with(last.as_str())
    }
}

/// When an event happened, as one of the ends of a time.
type Moment = Option<Timestamp>;

#[cfg(test)]
mod tests;
