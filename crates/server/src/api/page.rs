//! Pages of lists: Auth0's two ways, by number and by checkpoint.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Query};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use http::request::Parts;
use m2mint_domain::Timestamp;
use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::object::{self, Object};
use crate::api::operation::{Operation, Parameter, parameter};
use crate::api::schema::{BOOLEAN, Schema, Shape, TEXT, check, integer};

/// How many items come when nobody says how many.
const DEFAULT: usize = 50;
/// The most items of one page.
const MAX: usize = 100;
/// The same, as a description has it.
const MOST: i64 = 100;

/// Pages by number, with totals.
pub(crate) const NUMBERED: &[Parameter] = &[
    parameter("page", integer(0, i64::MAX)),
    parameter("per_page", integer(0, MOST)),
    parameter("include_totals", BOOLEAN),
];

/// Pages by checkpoint.
pub(crate) const CHECKPOINTS: &[Parameter] =
    &[parameter("from", TEXT), parameter("take", integer(1, MOST))];

/// Which members come.
pub(crate) const FIELDS: &[Parameter] = &[
    parameter("fields", TEXT),
    parameter("include_fields", BOOLEAN),
];

/// Pages by number of lists whose pages are never of no items.
pub(crate) const NUMBERED_FROM_ONE: &[Parameter] = &[
    parameter("page", integer(0, i64::MAX)),
    parameter("per_page", integer(1, 100)),
    parameter("include_totals", BOOLEAN),
];

/// The same, and no more than so many pages can be had by number.
pub(crate) const NUMBERED_TO_1000: &[Parameter] = &[
    parameter("page", integer(0, 1_000)),
    parameter("per_page", integer(1, 100)),
    parameter("include_totals", BOOLEAN),
];

/// The query string, with what is said about pages and members taken out.
#[derive(Clone, Debug)]
pub(crate) struct PageQuery {
    page: Page,
    include_totals: bool,
    fields: Vec<String>,
    include_fields: bool,
    filters: HashMap<String, String>,
}

#[derive(Clone, Debug)]
enum Page {
    /// No paging asked for: the first [`DEFAULT`] items, bare.
    First,
    /// `page` and `per_page`.
    Number { page: usize, per_page: usize },
    /// `from` and `take`: the items after a key.
    Checkpoint { from: Option<String>, take: usize },
}

/// A moment as a text that sorts as moments do, for the key of a list.
pub(crate) fn in_order_of_time(moment: Timestamp) -> String {
    // Moments before 1970 too: the number line, moved.
    let millis = i128::from(moment.as_millis()) - i128::from(i64::MIN);
    format!("{millis:020}")
}

/// Where the totals stand in an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Totals {
    /// `total, start, limit`, then the items.
    Before,
    /// The items, then `start, limit, total`.
    After,
}

/// Whether `total` and `page` are shown when they are 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Zeros {
    LeftOut,
    Shown,
}

impl PageQuery {
    /// A filter of the query string.
    pub(crate) fn filter(&self, name: &str) -> Option<&str> {
        self.filters.get(name).map(String::as_str)
    }

    /// A filter that is `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.filter(name).and_then(|text| text.parse().ok())
    }

    /// Whether a page by checkpoint was asked for.
    pub(crate) fn is_checkpointed(&self) -> bool {
        matches!(self.page, Page::Checkpoint { .. })
    }

    /// The names of filters that were said.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &str> {
        self.filters.keys().map(String::as_str)
    }

    /// The members that were asked for by name.
    pub(crate) fn named_fields(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().map(String::as_str);
        fields.filter(|_| self.include_fields)
    }

    /// The same query, which asks for `member` too if it asks for any by name.
    pub(crate) fn always_with(mut self, member: &str) -> Self {
        if self.include_fields && !self.fields.is_empty() {
            self.fields.push(member.to_owned());
        }
        self
    }

    /// The same query for a list that knows checkpoints only.
    pub(crate) fn checkpointed(mut self) -> Self {
        if let Page::First = self.page {
            self.page = Page::Checkpoint {
                from: None,
                take: DEFAULT,
            };
        }
        self
    }

    /// The key that a page by checkpoint begins after, and how many items it may have.
    pub(crate) fn after(&self) -> (Option<&str>, usize) {
        match &self.page {
            Page::Checkpoint { from, take } => (from.as_deref(), *take),
            Page::First | Page::Number { .. } => (None, DEFAULT),
        }
    }

    /// Whether `fields` leaves a member in.
    pub(crate) fn shows(&self, member: &str) -> bool {
        self.fields.is_empty()
            || self.fields.iter().any(|field| field == member) == self.include_fields
    }

    /// Keeps the members that `fields` asks for.
    pub(crate) fn select(&self, object: Object) -> Object {
        let fields: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        object.select(&fields, self.include_fields)
    }

    /// The page of `items` that was asked for. `items` are sorted by `key`, which tells them apart.
    pub(crate) fn answer<T>(
        &self,
        entity: &str,
        totals: Totals,
        items: &[T],
        key: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Object,
    ) -> Response {
        let shown = |items: &[T]| -> Value {
            items
                .iter()
                .map(|item| Value::from(self.select(show(item))))
                .collect()
        };
        let window = |start: usize, length: usize| {
            let end = start.saturating_add(length).min(items.len());
            items.get(start.min(end)..end).unwrap_or_default()
        };
        let body = match &self.page {
            Page::Checkpoint { from, take } => {
                let start = from.as_ref().map_or(0, |from| {
                    items.partition_point(|item| key(item) <= from.as_str())
                });
                let page = window(start, *take);
                let more = start + page.len() < items.len();
                let next = page
                    .last()
                    .filter(|_| more)
                    .map(|last| checkpoint(key(last)));
                Object::new()
                    .with(entity, shown(page))
                    .with_some("next", next)
                    .into()
            }
            Page::Number { page, per_page } => {
                let start = page.saturating_mul(*per_page);
                let list = shown(window(start, *per_page));
                self.with_totals(entity, totals, list, [items.len(), start, *per_page])
            }
            Page::First => self.with_totals(
                entity,
                totals,
                shown(window(0, DEFAULT)),
                [items.len(), 0, DEFAULT],
            ),
        };
        object::json(StatusCode::OK, body)
    }

    /// The page in the manner of Actions: the items, then how many there are and where the page is.
    /// The total of a page behind the last one is 0, as Auth0 counts.
    pub(crate) fn counted<T>(
        &self,
        entity: &str,
        zeros: Zeros,
        items: &[T],
        show: impl Fn(&T) -> Object,
    ) -> Response {
        let (page, per_page) = match &self.page {
            Page::Number { page, per_page } => (*page, *per_page),
            Page::First | Page::Checkpoint { .. } => (0, DEFAULT),
        };
        let start = page.saturating_mul(per_page);
        let list: Vec<Value> = items
            .iter()
            .skip(start)
            .take(per_page)
            .map(|item| Value::from(show(item)))
            .collect();
        let total = if list.is_empty() { 0 } else { items.len() };
        let shown = |number: usize| (zeros == Zeros::Shown || number != 0).then_some(number);
        let body = Object::new()
            .with(entity, list)
            .with_some("total", shown(total))
            .with_some("page", shown(page))
            .with("per_page", per_page);
        object::json(StatusCode::OK, body)
    }

    fn with_totals(&self, entity: &str, totals: Totals, list: Value, numbers: [usize; 3]) -> Value {
        if !self.include_totals {
            return list;
        }
        let [total, start, limit] = numbers;
        match totals {
            Totals::Before => Object::new()
                .with("total", total)
                .with("start", start)
                .with("limit", limit)
                .with(entity, list),
            Totals::After => Object::new()
                .with(entity, list)
                .with("start", start)
                .with("limit", limit)
                .with("total", total),
        }
        .into()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let operation = Operation::of(parts)?;
        let Query(said) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await?;
        for (name, text) in &said {
            if let Some(parameter) = operation.parameter(name) {
                check_parameter(parameter, text)?;
            }
        }
        // A filter may be repeated, or name several values at once: `a=x&a=y` is `a=x,y`.
        let mut pairs: HashMap<String, String> = HashMap::new();
        for (member, value) in said {
            let values = pairs.entry(member).or_default();
            if !values.is_empty() {
                values.push(',');
            }
            values.push_str(&value);
        }
        let checkpointed = pairs.contains_key("take") || pairs.contains_key("from");
        let numbered = pairs.contains_key("page") || pairs.contains_key("per_page");
        let take = number(&mut pairs, "take", DEFAULT)?;
        let from = pairs
            .remove("from")
            .map(|text| read_checkpoint(&text))
            .transpose()?;
        let page = number(&mut pairs, "page", 0)?;
        let per_page = number(&mut pairs, "per_page", DEFAULT)?;
        if MAX < take || MAX < per_page {
            let member = if MAX < take { "take" } else { "per_page" };
            return Err(ApiError::invalid_query(format!(
                "Query validation error: 'Value {} is greater than maximum {MAX}' on property {member}.",
                take.max(per_page)
            )));
        }
        let page = if checkpointed {
            // Tools send both, and then mean the checkpoint.
            Page::Checkpoint {
                from,
                take: take.max(1),
            }
        } else if numbered {
            Page::Number { page, per_page }
        } else {
            Page::First
        };
        let fields = pairs.remove("fields").unwrap_or_default();
        let fields = fields
            .split(',')
            .map(str::trim)
            .filter(|field| !field.is_empty());
        Ok(Self {
            page,
            include_totals: pairs
                .remove("include_totals")
                .is_some_and(|text| text == "true"),
            fields: fields.map(str::to_owned).collect(),
            include_fields: pairs
                .remove("include_fields")
                .is_none_or(|text| text != "false"),
            filters: pairs,
        })
    }
}

/// Holds the text of a parameter against its shape.
pub(crate) fn check_parameter(parameter: &Parameter, text: &str) -> Result<(), ApiError> {
    let values = if parameter.repeated {
        text.split(',').collect()
    } else {
        vec![text]
    };
    for text in values {
        let value = match parameter.schema.shape {
            Shape::Boolean | Shape::Integer { .. } | Shape::Number => {
                serde_json::from_str(text).unwrap_or_else(|_| text.into())
            }
            Shape::Any
            | Shape::Text { .. }
            | Shape::Choice(_)
            | Shape::List { .. }
            | Shape::Object { .. }
            | Shape::Map { .. }
            | Shape::Either(_) => text.into(),
        };
        check(&parameter.schema, &value).map_err(|wrong| {
            let name = parameter.name;
            ApiError::invalid_query(format!(
                "Query validation error: {wrong} on property {name}."
            ))
        })?;
    }
    Ok(())
}

fn number(
    pairs: &mut HashMap<String, String>,
    member: &str,
    default: usize,
) -> Result<usize, ApiError> {
    let Some(text) = pairs.remove(member) else {
        return Ok(default);
    };
    text.parse().map_err(|_| {
        ApiError::invalid_query(format!(
            "Query validation error: 'Expected type integer but found type string' on property {member}."
        ))
    })
}

/// A checkpoint: the key of the last item, wrapped so that nobody builds one by hand.
pub(crate) fn checkpoint(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

fn read_checkpoint(text: &str) -> Result<String, ApiError> {
    let decoded = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|key| String::from_utf8(key).ok());
    decoded.ok_or_else(|| {
        ApiError::invalid_query("Query validation error: 'Invalid checkpoint' on property from.")
    })
}

/// The three shapes of a list's answer: bare, with totals, and with a checkpoint.
macro_rules! pages {
    ($entity:literal, $item:path) => {
        $crate::api::schema::either(&[
            $crate::api::schema::list(&$item),
            $crate::api::schema::object(&[
                $crate::api::schema::required($entity, $crate::api::schema::list(&$item)),
                $crate::api::schema::required("start", $crate::api::page::COUNT),
                $crate::api::schema::required("limit", $crate::api::page::COUNT),
                $crate::api::schema::required("total", $crate::api::page::COUNT),
            ]),
            $crate::api::schema::object(&[
                $crate::api::schema::required($entity, $crate::api::schema::list(&$item)),
                $crate::api::schema::optional("next", $crate::api::schema::TEXT),
            ]),
        ])
    };
}

/// How many there are.
pub(crate) const COUNT: Schema = integer(0, i64::MAX);

pub(crate) use pages;
