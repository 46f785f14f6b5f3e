//! The counter of the processor: the time-stamp counter of x86-64, and the virtual counter of AArch64. Reading it takes
//! a third of the time that the system's clock takes.
//!
//! Linux tells which counter its own clock is made of, and watches that counter. So ours is used only where it is that
//! of the kernel at that moment. `kvm-clock`, `hyperv_clocksource_tsc_page` and `xen` are made of the time-stamp counter
//! too, but a guest uses them where it was not promised that the counter always runs at the same rate.
#![allow(unsafe_code)]

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// `Relaxed` is enough: a reading says which clock it is from, so a thread that sees an old value reads a clock that is
/// as good.
static IS_TRUSTED: AtomicBool = AtomicBool::new(false);

/// Whether readings of this counter are times.
#[inline]
pub(crate) fn is_trusted() -> bool {
    machine::HAS_COUNTER && IS_TRUSTED.load(Ordering::Relaxed)
}

/// The counter now. It may be called whether the counter is trusted or not.
#[inline]
pub(crate) fn read() -> u64 {
    machine::read()
}

/// Decides whether the counter can be trusted, once in a process. It asks the processor and reads a file of the kernel,
/// so it belongs to the setup of a tracer.
pub(crate) fn choose() {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(choose_again);
}

/// Decides once more, because the process may be on another machine.
pub(crate) fn choose_again() {
    IS_TRUSTED.store(machine::is_reliable(), Ordering::Relaxed);
}

/// The counter has stopped or jumped.
pub(crate) fn distrust() {
    IS_TRUSTED.store(false, Ordering::Relaxed);
}

/// The nanoseconds from one number of the counter to the next, if the processor tells.
pub(crate) fn nanos_per_tick() -> Option<f64> {
    machine::frequency().map(|hertz| 1e9 / hertz as f64)
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
fn is_clock_of_kernel(name: &str) -> bool {
    let current = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    std::fs::read_to_string(current).is_ok_and(|current| current.trim() == name)
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
mod machine {
    use core::arch::x86_64::{__cpuid, _rdtsc};

    pub(super) const HAS_COUNTER: bool = true;

    #[inline]
    pub(super) fn read() -> u64 {
        // SAFETY: every x86-64 processor has the instruction, and it reads nothing but the counter. The clock of the C
        // library uses it as well, so a system that forbids it (`PR_SET_TSC`) has no clock source `tsc` for programs.
        unsafe { _rdtsc() }
    }

    pub(super) fn is_reliable() -> bool {
        is_invariant() && super::is_clock_of_kernel("tsc")
    }

    /// Whether the counter runs at the same rate in all power states.
    // Newer versions of the standard library have a safe function.
    #[allow(unused_unsafe)]
    fn is_invariant() -> bool {
        const POWER_MANAGEMENT: u32 = 0x8000_0007;
        const INVARIANT_COUNTER: u32 = 1 << 8;
        // SAFETY: every x86-64 processor has the instruction and the first of these leaves; the second is asked for
        // only if the first says that there is one.
        unsafe {
            __cpuid(0x8000_0000).eax >= POWER_MANAGEMENT
                && __cpuid(POWER_MANAGEMENT).edx & INVARIANT_COUNTER != 0
        }
    }

    /// The processor gives a nominal frequency only, and not in all virtual machines.
    pub(super) fn frequency() -> Option<u64> {
        None
    }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64", not(miri)))]
mod machine {
    use core::arch::asm;

    /// A counter that is slower does not tell spans of a microsecond apart.
    const LOWEST_FREQUENCY: u64 = 10_000_000;

    pub(super) const HAS_COUNTER: bool = true;

    #[inline]
    pub(super) fn read() -> u64 {
        let counter: u64;
        // SAFETY: Linux lets programs read this register, which its own clock for programs reads, or reads it for them.
        // Nothing else is read or changed.
        unsafe { asm!("mrs {}, cntvct_el0", out(reg) counter, options(nomem, nostack, preserves_flags)) };
        counter
    }

    /// The counter always runs at the same rate.
    pub(super) fn is_reliable() -> bool {
        frequency().is_some() && super::is_clock_of_kernel("arch_sys_counter")
    }

    pub(super) fn frequency() -> Option<u64> {
        let hertz: u64;
        // SAFETY: as for the counter.
        unsafe { asm!("mrs {}, cntfrq_el0", out(reg) hertz, options(nomem, nostack, preserves_flags)) };
        (hertz >= LOWEST_FREQUENCY).then_some(hertz)
    }
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
mod machine {
    pub(super) const HAS_COUNTER: bool = false;

    #[inline]
    pub(super) fn read() -> u64 {
        0
    }

    pub(super) fn is_reliable() -> bool {
        false
    }

    pub(super) fn frequency() -> Option<u64> {
        None
    }
}
