//! `m2mint doctor`: finds out what is wrong, and says how to mend it.

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::output::{line, value};
use crate::runtime;
use crate::session::Session;
use crate::text::{Check, Level};

mod files;
mod network;
mod register;

/// What one look has found.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Finding {
    check: Check,
    level: Level,
    what: String,
    mend: Option<String>,
}

impl Finding {
    fn ok(check: Check, what: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Ok,
            what: what.into(),
            mend: None,
        }
    }

    fn warn(check: Check, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Warn,
            what: what.into(),
            mend: Some(mend.into()),
        }
    }

    fn fail(check: Check, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Fail,
            what: what.into(),
            mend: Some(mend.into()),
        }
    }

    /// A failure of another part of the program, with the hint it brings.
    fn failed(check: Check, failure: &Failure) -> Self {
        let what = failure.sentences().join(": ");
        Self {
            check,
            level: Level::Fail,
            what,
            mend: failure.advice(),
        }
    }

    fn to_json(&self) -> Value {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        };
        json!({
            // Programs read English, whatever the language of the person.
            "check": crate::text::Lang::En.check(self.check),
            "level": level,
            "message": self.what,
            "mend": self.mend,
        })
    }
}

pub(super) fn run(session: &Session) -> Outcome {
    session.refuse_url("doctor")?;
    let findings = runtime::block_on(async { Ok(examine(session).await) })?;
    let count = |level: Level| findings.iter().filter(|one| one.level == level).count();
    let (failed, warned) = (count(Level::Fail), count(Level::Warn));
    if session.out.is_json() {
        value(&findings.iter().map(Finding::to_json).collect())?;
    } else {
        print(session, &findings)?;
        line(&format!("\n{}", session.lang.verdict(failed, warned)))?;
    }
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::new(session.lang.verdict(failed, warned)))
}

/// Looks at one thing after the other. What one look needs and has not got, it leaves out: the
/// finding before has said why.
async fn examine(session: &Session) -> Vec<Finding> {
    let mut findings = Vec::new();
    let config = match session.config() {
        Ok(config) => {
            findings.push(Finding::ok(
                Check::Configuration,
                "every setting is known and has a value that fits",
            ));
            config
        }
        Err(failure) => {
            findings.push(Finding::failed(Check::Configuration, &failure));
            crate::config::Config::default()
        }
    };
    files::directory(&session.dir, &mut findings);
    let fingerprint = files::master_key(&session.dir, &config, &mut findings);
    let domains = register::store(&session.dir, &config, fingerprint, &mut findings).await;
    files::tls(&config, &mut findings);
    network::listen(&config, &mut findings).await;
    for domain in domains {
        findings.push(network::domain(&domain).await);
    }
    findings
}

fn print(session: &Session, findings: &[Finding]) -> Outcome {
    let (out, lang) = (session.out, session.lang);
    for Finding {
        check,
        level,
        what,
        mend,
    } in findings
    {
        let word = out.coloured(*level, lang.level(*level));
        line(&format!("{word}  {}: {what}", lang.check(*check)))?;
        if let Some(mend) = mend {
            line(&format!("      {}: {mend}", lang.to_mend()))?;
        }
    }
    Ok(())
}
