//! Rounds: ideal and subject by turns, so that both see the same noise.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::histogram::Histogram;
use crate::load::{Measured, Slice, ask_for};
use crate::process::{CoreTime, resident_kib};
use crate::requests::Requests;
use crate::server::Server;
use crate::sign::Algorithm;

/// How long a run takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Each round asks every server twice: in one order, then in the other.
    pub(crate) rounds: usize,
    pub(crate) slice: Slice,
    /// The raw signing rate, once a round.
    pub(crate) raw: Duration,
    /// Starts to take the median of.
    pub(crate) starts: usize,
}

impl Pace {
    /// Less than a minute in all.
    pub(crate) const QUICK: Self = Self {
        rounds: 4,
        slice: Slice {
            warm_up: Duration::from_millis(100),
            timed: Duration::from_millis(150),
        },
        raw: Duration::from_millis(50),
        starts: 5,
    };
    /// For numbers to keep.
    pub(crate) const FULL: Self = Self {
        rounds: 10,
        slice: Slice {
            warm_up: Duration::from_millis(200),
            timed: Duration::from_secs(1),
        },
        raw: Duration::from_millis(300),
        starts: 5,
    };
}

/// One server and the requests for it, with all it was measured to do.
pub(crate) struct Side<'a> {
    server: &'a Server,
    algorithm: Algorithm,
    requests: Requests,
    slices: Vec<Measured>,
    before: CoreTime,
    /// What the server had of its core in the slices, warm-up and all, and how long they took.
    in_slices: CoreTime,
    wall: Duration,
    /// The most memory seen under load.
    pub(crate) most_kib: u64,
}

impl<'a> Side<'a> {
    pub(crate) fn new(
        server: &'a Server,
        algorithm: Algorithm,
        requests: Requests,
    ) -> Result<Self> {
        Ok(Self {
            server,
            algorithm,
            requests,
            slices: Vec::new(),
            before: CoreTime::of(server.pid())?,
            in_slices: CoreTime::default(),
            wall: Duration::ZERO,
            most_kib: 0,
        })
    }

    /// Asks for one slice of time, then lets the server finish what it put off.
    pub(crate) fn measure(&mut self, slice: Slice) -> Result<f64> {
        let (pid, most) = (self.server.pid(), &mut self.most_kib);
        let mut tick = || *most = (*most).max(resident_kib(pid).unwrap_or(0));
        let address = self.server.address(self.algorithm);
        let (began, before) = (Instant::now(), CoreTime::of(pid)?);
        let measured = ask_for(address, &mut self.requests, slice, &mut tick)?;
        let spent = CoreTime::of(pid)?.since(before);
        self.in_slices.ran += spent.ran;
        self.in_slices.waited += spent.waited;
        self.wall += began.elapsed();
        self.server.settle()?;
        let rate = measured.per_second();
        self.slices.push(measured);
        Ok(rate)
    }

    /// Answers in all, counted and not.
    pub(crate) fn tokens(&self) -> u64 {
        self.slices.iter().map(|slice| slice.tokens).sum()
    }

    /// The median of the slices' rates.
    pub(crate) fn rate(&self) -> f64 {
        median(self.slices.iter().map(Measured::per_second).collect())
    }

    /// The server's share of its core: near 1 the server is what limits the rate.
    pub(crate) fn busy(&self) -> f64 {
        share(self.in_slices.ran, self.wall)
    }

    /// The part of the time in which the server wanted its core, and another thread had it.
    pub(crate) fn waited(&self) -> f64 {
        share(self.in_slices.waited, self.wall)
    }

    /// The load generator's share of its own core.
    pub(crate) fn load_busy(&self) -> f64 {
        let ran = self.slices.iter().map(|slice| slice.load.ran).sum();
        share(ran, self.slices.iter().map(|slice| slice.elapsed).sum())
    }

    /// The part of the time in which the load generator wanted its core and did not have it.
    pub(crate) fn load_waited(&self) -> f64 {
        let waited = self.slices.iter().map(|slice| slice.load.waited).sum();
        share(waited, self.slices.iter().map(|slice| slice.elapsed).sum())
    }

    pub(crate) fn latencies(&self) -> Histogram {
        let mut all = Histogram::new();
        for slice in &self.slices {
            all.add(&slice.latencies);
        }
        all
    }

    /// Time on the core for each answer, in microseconds, with all that was put off until after
    /// the slice.
    pub(crate) fn core_micros_each(&self) -> Result<f64> {
        let spent = CoreTime::of(self.server.pid())?.since(self.before).ran;
        let tokens = u32::try_from(self.tokens()).context("tokens")?.max(1);
        Ok(spent.as_secs_f64() * 1e6 / f64::from(tokens))
    }
}

fn share(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64().max(1e-9)
}

/// The ideal endpoint, the subject with few clients and with many, measured by turns.
pub(crate) struct Turns<'t, 'server> {
    ideal: &'t mut Side<'server>,
    few: &'t mut Side<'server>,
    many: &'t mut Side<'server>,
    few_ratios: Vec<f64>,
    many_ratios: Vec<f64>,
}

impl<'t, 'server> Turns<'t, 'server> {
    pub(crate) fn new(
        ideal: &'t mut Side<'server>,
        few: &'t mut Side<'server>,
        many: &'t mut Side<'server>,
    ) -> Self {
        Self {
            ideal,
            few,
            many,
            few_ratios: Vec::new(),
            many_ratios: Vec::new(),
        }
    }

    /// Forth and back, so that a machine that grows slower hurts all three alike. Each way has a
    /// ratio of its own: when a burst of noise spoils one, the median is found among the others.
    pub(crate) fn round(&mut self, slice: Slice) -> Result<()> {
        let mut ideal = self.ideal.measure(slice)?;
        let mut few = self.few.measure(slice)?;
        let mut many = self.many.measure(slice)?;
        self.compare(ideal, few, many);
        many = self.many.measure(slice)?;
        few = self.few.measure(slice)?;
        ideal = self.ideal.measure(slice)?;
        self.compare(ideal, few, many);
        Ok(())
    }

    fn compare(&mut self, ideal: f64, few: f64, many: f64) {
        self.few_ratios.push(few / ideal);
        self.many_ratios.push(many / ideal);
    }

    /// The medians of the ratios to the ideal: few clients, many clients.
    pub(crate) fn ratios(self) -> (f64, f64) {
        (median(self.few_ratios), median(self.many_ratios))
    }
}

/// The middle value, or the mean of the two in the middle; zero of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(0.0);
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = middle.checked_sub(1).and_then(|below| values.get(below));
    f64::midpoint(lower.copied().unwrap_or(0.0), upper)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these are exact")]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(vec![7.0]), 7.0);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
