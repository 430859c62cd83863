//! What the numbers were measured on.

use std::thread;
use std::{fmt, fs};

/// A result without its machine says nothing.
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    /// Two threads of one core take time from each other: then the load slows the server.
    pub(crate) shares_a_core: bool,
}

impl Machine {
    pub(crate) fn read(server_core: usize, load_core: usize) -> Self {
        let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let siblings = fs::read_to_string(format!(
            "/sys/devices/system/cpu/cpu{server_core}/topology/thread_siblings_list"
        ))
        .unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: cpu_model(&cpu_info).unwrap_or("unknown").to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: kernel.trim().to_owned(),
            shares_a_core: list_contains(siblings.trim(), load_core),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cpu, cores, kernel, ..
        } = self;
        write!(f, "{cpu}, {cores} cores, Linux {kernel}")
    }
}

fn cpu_model(cpu_info: &str) -> Option<&str> {
    cpu_info
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(':'))
        .map(|(_, model)| model.trim())
}

/// Whether a kernel list such as `0-3,8` names a core.
fn list_contains(cores: &str, core: usize) -> bool {
    cores.split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.parse::<usize>(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&core),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_read_from_the_first_core() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n\nprocessor\t: 1\n";
        assert_eq!(cpu_model(text), Some("Some CPU @ 2 GHz"));
        assert_eq!(cpu_model(""), None);
    }

    #[test]
    fn a_kernel_list_has_single_cores_and_ranges() {
        assert!(list_contains("0,4", 4));
        assert!(list_contains("0-3,8", 2));
        assert!(!list_contains("0-3,8", 5));
        assert!(!list_contains("", 0));
    }
}
