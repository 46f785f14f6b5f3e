//! A clock that stands until it is moved, for tests.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use super::lock::lock;
use super::tick::Tick;

/// How far ticks of different processors may be apart, and how far a processor may read its counter ahead.
const BLUR: Duration = Duration::from_micros(2);

/// A clock that stands until it is moved.
///
/// Spans read the same counter as with any clock. What differs is the time of a tick: that of the last move before it. So a span
/// costs nothing more, whoever asks for such a clock.
#[derive(Debug)]
pub(crate) struct StandingClock {
    /// From when on it shows which time, in order.
    steps: Mutex<Vec<(Tick, SystemTime)>>,
}

impl StandingClock {
    pub(crate) fn new(time: SystemTime) -> Self {
        Self {
            steps: Mutex::new(vec![(Tick::ZERO, time)]),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        lock(&self.steps)
            .last()
            .map_or(SystemTime::UNIX_EPOCH, |(_, time)| *time)
    }

    /// Moves it. What happened before this call is before the move, and what happens after it is behind the move.
    pub(crate) fn advance(&self, by: Duration) {
        let mut steps = lock(&self.steps);
        let time = steps.last().and_then(|(_, time)| time.checked_add(by));
        let Some(time) = time else { return };
        wait();
        steps.push((Tick::now(), time));
        wait();
    }

    pub(crate) fn time(&self, tick: Tick) -> SystemTime {
        let steps = lock(&self.steps);
        let later = steps.partition_point(|(from, _)| *from <= tick);
        let step = later.checked_sub(1).and_then(|last| steps.get(last));
        step.map_or(SystemTime::UNIX_EPOCH, |(_, time)| *time)
    }
}

fn wait() {
    let begin = Instant::now();
    while begin.elapsed() < BLUR {
        std::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_has_the_time_of_the_last_move_before_it() {
        let clock = StandingClock::new(SystemTime::UNIX_EPOCH);
        let first = Tick::now();
        clock.advance(Duration::from_secs(1));
        let second = Tick::now();
        clock.advance(Duration::from_secs(2));
        let third = Tick::now();
        let seconds = [first, second, third].map(|tick| {
            let since = clock.time(tick).duration_since(SystemTime::UNIX_EPOCH);
            since.unwrap().as_secs()
        });
        assert_eq!(seconds, [0, 1, 3]);
        assert_eq!(clock.now(), clock.time(third));
    }

    #[test]
    fn a_move_is_between_the_ticks_of_other_threads_before_and_after_it() {
        let clock = StandingClock::new(SystemTime::UNIX_EPOCH);
        for turn in 0..200 {
            let before = std::thread::scope(|scope| scope.spawn(Tick::now).join().unwrap());
            clock.advance(Duration::from_secs(1));
            let after = std::thread::scope(|scope| scope.spawn(Tick::now).join().unwrap());
            let expected =
                [turn, turn + 1].map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!([clock.time(before), clock.time(after)], expected);
        }
    }
}
