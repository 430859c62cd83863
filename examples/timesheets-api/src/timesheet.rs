//! One timesheet, checked when it is parsed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// Hours one employee worked on one project.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "Wire")]
pub(crate) struct Timesheet {
    user_id: String,
    date: String,
    project: String,
    hours: Number,
}

/// A timesheet as it comes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    user_id: String,
    date: String,
    project: String,
    hours: Number,
}

impl Timesheet {
    pub(crate) fn user_id(&self) -> &str {
        &self.user_id
    }
}

impl TryFrom<Wire> for Timesheet {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, &'static str> {
        let Wire {
            user_id,
            date,
            project,
            hours,
        } = wire;
        if !is_name(&user_id) {
            return Err("user_id is 1 to 100 characters, none of them a control character");
        }
        if !is_name(&project) {
            return Err("project is 1 to 100 characters, none of them a control character");
        }
        if date.len() > 40 || date.parse::<Timestamp>().is_err() {
            return Err("date is an RFC 3339 date and time");
        }
        if !hours
            .as_f64()
            .is_some_and(|hours| 0.0 < hours && hours <= 24.0)
        {
            return Err("hours is more than 0 and at most 24");
        }
        Ok(Self {
            user_id,
            date,
            project,
            hours,
        })
    }
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
