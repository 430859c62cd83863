//! Chance that can be repeated, and what a run takes from the environment.

use std::time::Duration;

/// The seed when nobody names one.
const SEED: u64 = 1;

/// A sequence of numbers that its seed decides (`SplitMix64`, Steele et al. 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of `M2MINT_KILL_SEED`, apart from those of other purposes.
    pub(crate) fn for_purpose(purpose: u64) -> Self {
        let seed = number("M2MINT_KILL_SEED").unwrap_or(SEED);
        Self(seed).fork(purpose)
    }

    /// A sequence of its own for one of many.
    pub(crate) fn fork(&self, number: u64) -> Self {
        let mut parent = self.clone();
        Self(parent.roll() ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to one less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }

    /// A time between two.
    pub(crate) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = u64::try_from(most.abs_diff(least).as_micros()).unwrap();
        least + Duration::from_micros(self.roll() % span.max(1))
    }
}

/// Waits for a moment that nobody chose.
///
/// The only sleep of these tests: when the program is killed must depend on nothing it does.
pub(crate) fn wait_at_random(delay: Duration) {
    std::thread::sleep(delay);
}

/// A number in the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "how often and with which seed: for whoever repeats a run"
)]
pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// Tells how to repeat a run that fails.
#[derive(Debug)]
pub(crate) struct Repeatable;

impl Drop for Repeatable {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let seed = number("M2MINT_KILL_SEED").unwrap_or(SEED);
            eprintln!("repeat this run with M2MINT_KILL_SEED={seed}");
        }
    }
}
