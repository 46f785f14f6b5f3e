//! Random numbers for ids and jitter. They are not secret.
//!
//! The generator is wyrand, as in the crate `fastrand`, whose own numbers belong to the program: its seed would decide
//! our ids, and ours would change its numbers.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hash};
use std::io::Read;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Instant, SystemTime};

/// The seed of the process; zero until the first number. `Relaxed` is enough: a thread that sees an old seed draws a
/// number as if it had come a moment earlier.
static SEED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The seed of the process that this generator was seeded with, and its state.
    static GENERATOR: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// A random number. It can be called while a thread ends, too.
#[inline]
pub(crate) fn number() -> u64 {
    let seed = SEED.load(Ordering::Relaxed);
    let (of_seed, mut state) = GENERATOR.get();
    if of_seed != seed || seed == 0 {
        return first_number();
    }
    let number = advance(&mut state);
    GENERATOR.set((seed, state));
    number
}

/// A random number that is not zero.
#[inline]
pub(crate) fn nonzero_number() -> u64 {
    loop {
        let number = number();
        if number != 0 {
            return number;
        }
    }
}

/// A random number from zero to below one.
#[cfg(feature = "http-client")]
pub(crate) fn fraction() -> f64 {
    // The 53 bits that such a number has.
    (number() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Begins all generators of the process again, because another process has copies of them.
pub(crate) fn renew() {
    SEED.store(seed(), Ordering::Relaxed);
}

/// Seeds the generator of this thread.
#[cold]
fn first_number() -> u64 {
    // Of several threads that draw the first number of the process, one decides.
    let _ = SEED.compare_exchange(0, seed(), Ordering::Relaxed, Ordering::Relaxed);
    let seed = SEED.load(Ordering::Relaxed);
    let mut state = RandomState::new().hash_one((seed, thread::current().id()));
    let number = advance(&mut state);
    GENERATOR.set((seed, state));
    number
}

#[inline]
fn advance(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x2d35_8dcc_aa6c_78a5);
    let product = u128::from(*state) * u128::from(*state ^ 0x8bb8_4b93_962e_acc9);
    (product as u64) ^ (product >> 64) as u64
}

/// A seed that is not zero. The keys of [`RandomState`] are copied with a process, and the clock and the process id may
/// be the same in two copies of a machine, so the system is asked too.
fn seed() -> u64 {
    let copied = (process::id(), SystemTime::now(), Instant::now());
    hash((copied, random_bytes_of_system())).max(1)
}

fn hash(value: impl Hash) -> u64 {
    RandomState::new().hash_one(value)
}

/// Zeros on a system that has no such file.
fn random_bytes_of_system() -> [u8; 16] {
    let mut bytes = [0; 16];
    if cfg!(unix) && !cfg!(miri) {
        let _ = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn threads_have_different_numbers() {
        let draw = || (0..1_000).map(|_| number()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| thread::spawn(draw)).collect();
        let all: Vec<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4_000);
    }

    #[test]
    fn a_copy_of_the_process_that_is_renewed_has_other_numbers() {
        let of = |is_renewed: bool| {
            let copied = (SEED.load(Ordering::Relaxed), 42);
            GENERATOR.set(copied);
            if is_renewed {
                renew();
            }
            [number(), number()]
        };
        number();
        let original = of(false);
        let [one, other] = [of(true), of(true)];
        assert!(original != one && one != other && original != other);
    }

    #[cfg(feature = "http-client")]
    #[test]
    fn fractions_are_spread_from_zero_to_below_one() {
        let fractions: Vec<_> = (0..10_000).map(|_| fraction()).collect();
        assert!(fractions.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        let mean = fractions.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
    }

    #[test]
    fn half_of_the_bits_are_set() {
        let bits = (0..10_000).map(|_| number().count_ones()).sum::<u32>();
        assert!((310_000..330_000).contains(&bits), "{bits}");
    }

    #[test]
    fn the_seed_of_another_crate_and_our_numbers_do_not_disturb_each_other() {
        fastrand::seed(7);
        let expected = fastrand::u64(..);
        let mut ours = HashSet::new();
        for _ in 0..2 {
            fastrand::seed(7);
            ours.insert(number());
            assert_eq!(fastrand::u64(..), expected);
        }
        assert_eq!(ours.len(), 2);
    }
}
