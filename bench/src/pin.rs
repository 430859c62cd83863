//! Which core each side runs on.

use anyhow::{Context, Result, bail};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The core of the servers and the core of the load generator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) load: usize,
}

impl Cores {
    /// The first and the last core this process may use.
    ///
    /// # Errors
    ///
    /// When there is only one: both sides on one core would measure the scheduler.
    pub(crate) fn choose() -> Result<Self> {
        let allowed = sched_getaffinity(None).context("the cores of this process")?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core));
        let (Some(server), Some(load)) = (cores.next(), cores.next_back()) else {
            bail!("the bench needs two cores: one for the server, one for the load");
        };
        Ok(Self { server, load })
    }
}

/// Keeps this thread, and every thread and child it starts from now on, on one core.
///
/// # Errors
///
/// When the kernel refuses, for example because the core is not ours to use.
pub(crate) fn pin_to(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    if core >= CpuSet::MAX_CPU {
        bail!("core {core} does not exist");
    }
    set.set(core);
    sched_setaffinity(None, &set).with_context(|| format!("pin to core {core}"))
}
