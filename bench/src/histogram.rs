//! A latency histogram of fixed size: recording allocates nothing.

use std::time::Duration;

/// Each power of two is cut into this many buckets, so a value is off by 1/64 at most.
const STEPS: u64 = 64;
/// `log2(STEPS)`.
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Enough for every `u64`: the bits above the step bits choose the row, and row 0 holds two.
const BUCKETS: usize = 64 * (64 - STEP_BITS as usize + 1);

/// Counts of latencies in nanoseconds, in log-linear buckets.
#[derive(Clone)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
        }
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket_of(nanos)) {
            *count += 1;
            self.total += 1;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// The latency that `per_cent` of the records do not exceed, rounded up to the end of its
    /// bucket. Zero when nothing was recorded.
    pub(crate) fn percentile(&self, per_cent: u64) -> Duration {
        let rank = (self.total * per_cent).div_ceil(100).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(end_of(bucket));
            }
        }
        Duration::ZERO
    }
}

fn bucket_of(nanos: u64) -> usize {
    let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(STEP_BITS + 1);
    let bucket = u64::from(shift) * STEPS + (nanos >> shift);
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The largest value that falls into a bucket.
fn end_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket / STEPS).saturating_sub(1);
    let step = bucket - shift * STEPS;
    ((step + 1) << shift).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_have_a_bucket_of_their_own() {
        for nanos in 0..2 * STEPS {
            assert_eq!(end_of(bucket_of(nanos)), nanos);
        }
    }

    #[test]
    fn every_value_lies_in_its_bucket_and_within_a_64th_of_its_end() {
        let mut nanos = 1_u64;
        while nanos < u64::MAX / 3 {
            for value in [nanos - 1, nanos, nanos + 1] {
                let end = end_of(bucket_of(value));
                assert!(end >= value, "{value} after its end {end}");
                assert!(end - value <= value / STEPS, "{value} far from {end}");
            }
            nanos = nanos * 3 / 2 + 1;
        }
    }

    #[test]
    fn buckets_follow_each_other_without_gap() {
        for bucket in 1..BUCKETS {
            assert_eq!(bucket_of(end_of(bucket - 1) + 1), bucket);
        }
    }

    #[test]
    fn the_largest_value_fits() {
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        assert_eq!(end_of(BUCKETS - 1), u64::MAX);
    }

    #[test]
    fn percentiles_of_one_to_a_hundred() {
        let mut histogram = Histogram::new();
        for nanos in 1..=100 {
            histogram.record(Duration::from_nanos(nanos));
        }
        assert_eq!(histogram.percentile(50), Duration::from_nanos(50));
        assert_eq!(histogram.percentile(99), Duration::from_nanos(99));
        assert_eq!(histogram.percentile(100), Duration::from_nanos(100));
    }

    #[test]
    fn nothing_recorded_has_percentile_zero() {
        assert_eq!(Histogram::new().percentile(99), Duration::ZERO);
    }

    #[test]
    fn adding_joins_the_counts() {
        let mut low = Histogram::new();
        let mut high = Histogram::new();
        low.record(Duration::from_nanos(10));
        high.record(Duration::from_nanos(20));
        low.add(&high);
        assert_eq!(low.percentile(50), Duration::from_nanos(10));
        assert_eq!(low.percentile(99), Duration::from_nanos(20));
    }
}
