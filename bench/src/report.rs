//! What was measured, for machines and for people.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::machine::Machine;
use crate::sign::Algorithm;

/// More than this taken by other processes, and the numbers are not worth keeping.
const DISTURBED: f64 = 0.05;

/// One algorithm with one number of clients.
pub(crate) struct Row {
    pub(crate) algorithm: Algorithm,
    pub(crate) clients: usize,
    pub(crate) ideal_rps: f64,
    pub(crate) rps: f64,
    /// The median of the ratios, not the ratio of the medians.
    pub(crate) ratio: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) raw_sign_per_s: f64,
    pub(crate) core_us_per_token: f64,
    pub(crate) ideal_core_us_per_token: f64,
    /// Shares of the core: of the server, of the ideal endpoint, of the load generator.
    pub(crate) busy: f64,
    pub(crate) ideal_busy: f64,
    pub(crate) load_busy: f64,
    /// The part of the time other processes took from the ideal endpoint or from the load.
    pub(crate) disturbed: f64,
    pub(crate) answer_bytes: usize,
    pub(crate) ideal_answer_bytes: usize,
}

/// One client that asks for the same token again and again.
pub(crate) struct Repeated {
    pub(crate) algorithm: Algorithm,
    pub(crate) rps: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Two answers that followed each other held the same token.
    pub(crate) same_token: bool,
}

pub(crate) struct Report {
    pub(crate) subject: &'static str,
    pub(crate) machine: Machine,
    pub(crate) rows: Vec<Row>,
    pub(crate) same_second: Option<Repeated>,
    pub(crate) idle_kib: u64,
    pub(crate) loaded_kib: u64,
    pub(crate) idle_many_kib: u64,
    pub(crate) start_to_token: Duration,
    pub(crate) db_bytes_per_token: f64,
}

impl Report {
    pub(crate) fn to_json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::to_json).collect();
        json!({
            "subject": self.subject,
            "rows": rows,
            "same_second": self.same_second.as_ref().map(Repeated::to_json),
            "rss_idle_mib": rounded(mib(self.idle_kib), 2),
            "rss_loaded_mib": rounded(mib(self.loaded_kib), 2),
            "rss_idle_many_clients_mib": rounded(mib(self.idle_many_kib), 2),
            "start_to_token_ms": rounded(millis(self.start_to_token), 2),
            "db_bytes_per_token": rounded(self.db_bytes_per_token, 2),
            "machine": {
                "cpu": self.machine.cpu,
                "cores": self.machine.cores,
                "kernel": self.machine.kernel,
                "server_and_load_share_a_core": self.machine.shares_a_core,
            },
        })
    }

    pub(crate) fn to_table(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _written = self.write_table(&mut text);
        text
    }

    fn write_table(&self, text: &mut String) -> std::fmt::Result {
        let machine = &self.machine;
        writeln!(
            text,
            "{} against the ideal endpoint\n{}, {} cores, Linux {}",
            self.subject, machine.cpu, machine.cores, machine.kernel
        )?;
        if machine.shares_a_core {
            writeln!(text, "server and load are two threads of one core")?;
        }
        writeln!(
            text,
            "\n{:<6}{:>8}{:>10}{:>10}{:>10}{:>7}{:>10}{:>10}{:>10}{:>11}{:>7}{:>8}{:>7}{:>8}",
            "alg",
            "clients",
            "raw/s",
            "ideal/s",
            "tokens/s",
            "ratio",
            "p50 ms",
            "p99 ms",
            "core µs",
            "ideal µs",
            "busy",
            "i. busy",
            "load",
            "others"
        )?;
        for row in &self.rows {
            writeln!(
                text,
                "{:<6}{:>8}{:>10.0}{:>10.0}{:>10.0}{:>7.3}{:>10.3}{:>10.3}{:>10.1}{:>11.1}{:>6.0}%{:>7.0}%{:>6.0}%{:>7.1}%",
                row.algorithm,
                row.clients,
                row.raw_sign_per_s,
                row.ideal_rps,
                row.rps,
                row.ratio,
                millis(row.p50),
                millis(row.p99),
                row.core_us_per_token,
                row.ideal_core_us_per_token,
                row.busy * 100.0,
                row.ideal_busy * 100.0,
                row.load_busy * 100.0,
                row.disturbed * 100.0
            )?;
        }
        if self.rows.iter().any(|row| row.disturbed > DISTURBED) {
            writeln!(
                text,
                "\nother processes took time from the bench (column others): run it again on a \
                 quiet machine"
            )?;
        }
        if let Some(repeated) = &self.same_second {
            writeln!(
                text,
                "\none client, {}, asking again at once: {:.0} tokens/s, p50 {:.3} ms, \
                 p99 {:.3} ms ({})",
                repeated.algorithm,
                repeated.rps,
                millis(repeated.p50),
                millis(repeated.p99),
                if repeated.same_token {
                    "the same token within a second"
                } else {
                    "a new token each time"
                }
            )?;
        }
        writeln!(
            text,
            "\nmemory: {:.1} MiB idle, {:.1} MiB under load, {:.1} MiB idle with many clients\n\
             start to first token: {:.1} ms\ndatabase: {:.2} bytes a token",
            mib(self.idle_kib),
            mib(self.loaded_kib),
            mib(self.idle_many_kib),
            millis(self.start_to_token),
            self.db_bytes_per_token
        )
    }
}

impl Row {
    fn to_json(&self) -> Value {
        json!({
            "alg": self.algorithm.name(),
            "clients": self.clients,
            "ideal_rps": rounded(self.ideal_rps, 1),
            "rps": rounded(self.rps, 1),
            "ratio": rounded(self.ratio, 4),
            "p50_ms": rounded(millis(self.p50), 3),
            "p99_ms": rounded(millis(self.p99), 3),
            "raw_sign_per_s": rounded(self.raw_sign_per_s, 1),
            "core_us_per_token": rounded(self.core_us_per_token, 2),
            "ideal_core_us_per_token": rounded(self.ideal_core_us_per_token, 2),
            "busy": rounded(self.busy, 3),
            "ideal_busy": rounded(self.ideal_busy, 3),
            "load_busy": rounded(self.load_busy, 3),
            "disturbed": rounded(self.disturbed, 3),
            "answer_bytes": self.answer_bytes,
            "ideal_answer_bytes": self.ideal_answer_bytes,
        })
    }
}

impl Repeated {
    fn to_json(&self) -> Value {
        json!({
            "alg": self.algorithm.name(),
            "rps": rounded(self.rps, 1),
            "p50_ms": rounded(millis(self.p50), 3),
            "p99_ms": rounded(millis(self.p99), 3),
            "same_token": self.same_token,
        })
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn mib(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0
}

fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            subject: "m2mint",
            machine: Machine {
                cpu: "Some CPU".to_owned(),
                cores: 2,
                kernel: "6.1".to_owned(),
                shares_a_core: false,
            },
            rows: vec![Row {
                algorithm: Algorithm::Es256,
                clients: 10,
                ideal_rps: 30_000.0,
                rps: 27_000.0,
                ratio: 0.912_34,
                p50: Duration::from_micros(1_100),
                p99: Duration::from_micros(2_200),
                raw_sign_per_s: 55_000.0,
                core_us_per_token: 36.0,
                ideal_core_us_per_token: 33.0,
                busy: 0.99,
                ideal_busy: 0.98,
                load_busy: 0.4,
                disturbed: 0.01,
                answer_bytes: 900,
                ideal_answer_bytes: 900,
            }],
            same_second: None,
            idle_kib: 10 * 1024,
            loaded_kib: 12 * 1024,
            idle_many_kib: 90 * 1024,
            start_to_token: Duration::from_micros(12_500),
            db_bytes_per_token: 40.0,
        }
    }

    #[test]
    fn the_json_has_the_members_a_reader_depends_on() {
        let json = report().to_json();
        assert_eq!(json["rss_idle_mib"], 10.0);
        assert_eq!(json["rss_loaded_mib"], 12.0);
        assert_eq!(json["start_to_token_ms"], 12.5);
        assert_eq!(json["db_bytes_per_token"], 40.0);
        let row = &json["rows"][0];
        assert_eq!(row["alg"], "ES256");
        assert_eq!(row["clients"], 10);
        assert_eq!(row["ideal_rps"], 30_000.0);
        assert_eq!(row["rps"], 27_000.0);
        assert_eq!(row["ratio"], 0.9123);
        assert_eq!(row["p50_ms"], 1.1);
        assert_eq!(row["p99_ms"], 2.2);
    }

    #[test]
    fn the_table_has_a_line_for_each_row() {
        let table = report().to_table();
        let line = table.lines().find(|line| line.starts_with("ES256"));
        assert!(line.unwrap().contains("0.912"));
    }
}
