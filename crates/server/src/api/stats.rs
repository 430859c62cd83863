//! `/api/v2/stats`: how much the tenant is used, counted in its log.
//!
//! Machines log in by getting a token, so `logins` are issued tokens and active users are clients.
//! Both reach back as far as the log is kept.

use axum::extract::RawQuery;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use m2mint_domain::Timestamp;
use m2mint_domain::log_event::LogKind;
use m2mint_store::{LogDay, LogTally, TallyQuery};
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::object::{self, Object, date};
use crate::api::operation::{self, Operation, get, parameter};
use crate::api::page::check_parameter;
use crate::api::schema::{Format, NUMBER, Schema, TEXT, integer, list, object as closed, required};

const DAY_SECS: i64 = 86_400;
/// How far back an active client may have got its token (Auth0's number).
const ACTIVE_DAYS: i64 = 30;

const DAY_FORMAT: Format = Format {
    name: "day",
    holds: |text| read_day(text).is_some(),
    pattern: Some("^2[0-9]{3}((0[1-9])|(1[0-2]))((0[1-9])|([12][0-9])|(3[01]))$"),
};
const COUNT: Schema = integer(0, i64::MAX);
const DAY: Schema = closed(&[
    required("date", TEXT.about("The beginning of the day, in UTC.")),
    required("logins", COUNT.about("How many tokens were issued.")),
    required("signups", COUNT.about("Machines do not sign up: 0.")),
    required(
        "leaked_passwords",
        COUNT.about("Machines have no passwords: 0."),
    ),
    required("updated_at", TEXT.about("The last token of the day.")),
    required("created_at", TEXT.about("The first token of the day.")),
]);
static DAYS: Schema = list(&DAY);
static USERS: Schema = NUMBER;

pub(crate) static DAILY: Operation = get("/stats/daily", "Count issued tokens by day")
    .any_of(&["read:stats"])
    .query(&[&[
        parameter(
            "from",
            TEXT.format(DAY_FORMAT).about("The first day, as YYYYMMDD."),
        ),
        parameter(
            "to",
            TEXT.format(DAY_FORMAT).about("The last day, as YYYYMMDD."),
        ),
    ]])
    .answers(&[operation::json(200, &DAYS)]);

/// `GET /stats/daily`: the days that had tokens, oldest first.
pub(crate) async fn daily(at: Permitted, query: RawQuery) -> Result<Response, ApiError> {
    let [from, to] = read_days(query.0.as_deref().unwrap_or_default())?;
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        let message = "'from' date cannot be greater than 'to' date";
        return Err(ApiError::invalid_query(message));
    }
    let since = from.unwrap_or(Timestamp::from_millis(0));
    let until = to.unwrap_or(at.now()).plus_secs(DAY_SECS);
    let LogTally { days, clients: _ } = tally(&at, since, until).await?;
    let shown: Value = days.iter().map(|day| Value::from(show(day))).collect();
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static ACTIVE_USERS: Operation = get(
    "/stats/active-users",
    "Count the clients that got a token in the last 30 days",
)
.any_of(&["read:stats"])
.answers(&[operation::json(200, &USERS)]);

/// `GET /stats/active-users`
pub(crate) async fn active_users(at: Permitted) -> Result<Response, ApiError> {
    let now = at.now();
    let since = now.plus_secs(-ACTIVE_DAYS * DAY_SECS);
    let LogTally { days: _, clients } = tally(&at, since, now.plus_secs(1)).await?;
    Ok(object::json(StatusCode::OK, clients))
}

async fn tally(at: &Permitted, since: Timestamp, until: Timestamp) -> Result<LogTally, ApiError> {
    // What was answered before is in the log before it is read.
    let _late = at.log().flush().await;
    let query = TallyQuery {
        kind: LogKind::TokenIssued,
        since,
        until,
    };
    Ok(at.store().tally_logs(at.tenant(), query).await?)
}

/// The days `from` and `to`, where they are said.
fn read_days(text: &str) -> Result<[Option<Timestamp>; 2], ApiError> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|_| {
        ApiError::invalid_query("Query validation error: 'not a valid query string'.")
    })?;
    let mut days = [None; 2];
    for (member, value) in pairs {
        if let Some(parameter) = DAILY.parameter(&member) {
            check_parameter(parameter, &value)?;
            let [from, to] = &mut days;
            let day = if parameter.name == "from" { from } else { to };
            *day = read_day(&value);
        }
    }
    Ok(days)
}

/// The beginning of `20260131`, in UTC.
fn read_day(text: &str) -> Option<Timestamp> {
    if text.len() != 8 || !text.starts_with('2') || !text.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    let day = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    let midnight = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(midnight.as_millisecond()))
}

fn show(day: &LogDay) -> Object {
    Object::new()
        .with("date", date(day.day))
        .with("logins", day.events)
        .with("signups", 0)
        .with("leaked_passwords", 0)
        .with("updated_at", date(day.last))
        .with("created_at", date(day.first))
}
