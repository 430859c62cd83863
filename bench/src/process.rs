//! What the kernel says about a running process: memory and time on the core.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Resident memory of a process in KiB (`VmRSS`).
///
/// # Errors
///
/// When the process is gone.
pub(crate) fn resident_kib(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| path.clone())?;
    resident_in(&status).with_context(|| format!("no VmRSS in {path}"))
}

/// What the scheduler says about a thread, or about all threads of a process.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct CoreTime {
    /// It had a core.
    pub(crate) ran: Duration,
    /// It wanted one, and another thread had it.
    pub(crate) waited: Duration,
}

impl CoreTime {
    /// All threads of a process together. Threads that ended are not counted.
    ///
    /// # Errors
    ///
    /// When the process is gone.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/task");
        let mut total = Self::default();
        for task in fs::read_dir(&path).with_context(|| path.clone())? {
            // A thread may end between the listing and the reading.
            if let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) {
                let thread = Self::parse(&text);
                total.ran += thread.ran;
                total.waited += thread.waited;
            }
        }
        Ok(total)
    }

    /// The calling thread.
    pub(crate) fn of_this_thread() -> Self {
        fs::read_to_string("/proc/thread-self/schedstat")
            .map(|text| Self::parse(&text))
            .unwrap_or_default()
    }

    /// What came since an earlier look; nothing less than zero, should a thread have ended.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            ran: self.ran.saturating_sub(earlier.ran),
            waited: self.waited.saturating_sub(earlier.waited),
        }
    }

    fn parse(schedstat: &str) -> Self {
        let mut numbers = schedstat
            .split_whitespace()
            .map(|number| Duration::from_nanos(number.parse().unwrap_or(0)));
        Self {
            ran: numbers.next().unwrap_or_default(),
            waited: numbers.next().unwrap_or_default(),
        }
    }
}

fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_the_line_vmrss() {
        let status = "VmHWM:\t   2000 kB\nVmRSS:\t   1536 kB\nThreads:\t1\n";
        assert_eq!(resident_in(status), Some(1536));
        assert_eq!(resident_in("Threads:\t1\n"), None);
    }

    #[test]
    fn running_and_waiting_are_the_first_two_numbers() {
        let time = CoreTime::parse("1500 20 3\n");
        assert_eq!(time.ran, Duration::from_nanos(1500));
        assert_eq!(time.waited, Duration::from_nanos(20));
        assert_eq!(CoreTime::parse(""), CoreTime::default());
    }
}
