//! The times of ticks.
//!
//! A thread only reads a counter, whose rate nobody has measured. The worker learns the rate from the readings that it
//! takes of the counter and of the system's clock together: the first when the tracer is built, and one before each
//! report. A tick lies between the first and the last reading, so its time is as exact as these two, however short the
//! time between them is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::diagnostics;
use super::hardware_counter;
use super::moment::{Moment, Rate};
use super::standing_clock::StandingClock;
use super::tick::{Reading, Tick, nanos};

/// How far the system's wall clock may be from ours before we follow it.
const WALL_DRIFT: u64 = 1_000_000;
/// How far the system's monotonic clock may be from ours before we learn the rate again.
const DRIFT: u64 = 500;
/// How far both may be apart from one reading to the next, apart from what the readings leave open. More is a counter
/// that has stopped or jumped.
const JUMP: u64 = 1_000_000;
/// The same, as a part of the time between them. Time servers slow a clock down or speed it up by half of that.
const JUMP_RATE: f64 = 0.001;

/// After this time, the readings of the clocks say little that is wrong about the rate.
const SURE: u64 = 50_000_000;

/// The rate that a worker learnt last, as the bits of a number, for [`duration`]; zero before that. `Relaxed` is enough:
/// nothing else is read because of it.
static NANOS_PER_TICK: AtomicU64 = AtomicU64::new(0);

/// Turns ticks into wall-clock times.
///
/// Its line from ticks to times stays the same as long as the system's clocks agree, so that all spans of a trace are
/// placed by the same one. Where the counter and the system's clock disagree, it leaves the counter for good.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    first: Moment,
    last: Moment,
    rate: Option<Rate>,
    /// From the monotonic to the wall clock.
    wall_offset: i64,
    /// When the counter was found to have stopped or jumped after `last`, by the monotonic clock.
    broken_at: Option<u64>,
    /// Shows the times instead, in a test.
    standing: Option<Arc<StandingClock>>,
}

impl Clock {
    /// A clock for ticks from now on.
    pub(crate) fn new() -> Self {
        let before = Moment::now();
        hardware_counter::choose();
        let clock = Self::starting_at(Moment::now(), Rate::given_by_processor());
        if NANOS_PER_TICK.load(Ordering::Relaxed) == 0 {
            publish(clock.rate.or_else(|| Rate::between(&before, &clock.first)));
        }
        clock
    }

    fn starting_at(first: Moment, rate: Option<Rate>) -> Self {
        Self {
            first,
            last: first,
            rate,
            wall_offset: first.wall_offset(),
            broken_at: None,
            standing: None,
        }
    }

    /// Shows the times of this clock from now on.
    pub(crate) fn follow(&mut self, standing: Arc<StandingClock>) {
        self.standing = Some(standing);
    }

    /// This clock up to now, for a look between two reports. What it learns is not published: that is left to the worker, which
    /// also says if the clocks disagree.
    #[cfg(feature = "page")]
    pub(crate) fn up_to_now(mut self) -> Self {
        self.compare(Moment::now());
        self
    }

    /// Compares the clocks.
    pub(crate) fn refresh(&mut self) {
        if self.compare(Moment::now()) {
            // Another worker may know the rate better than this one, if its clock has just begun.
            if self.has_run_for(SURE) || NANOS_PER_TICK.load(Ordering::Relaxed) == 0 {
                publish(self.rate);
            }
            return;
        }
        if hardware_counter::is_trusted() {
            hardware_counter::distrust();
            diagnostics::warn(format_args!(
                "the counter of the processor and the clock of the system disagree; spans are timed with the clock \
                 of the system from now on"
            ));
        }
    }

    fn has_run_for(&self, nanos: u64) -> bool {
        self.last.nanos_since(&self.first) >= nanos
    }

    /// Returns whether the counter can still be used.
    fn compare(&mut self, now: Moment) -> bool {
        if now.wall_offset().abs_diff(self.wall_offset) > WALL_DRIFT {
            self.wall_offset = now.wall_offset();
        }
        if self.broken_at.is_some() {
            return false;
        }
        if self.is_jump(&now) {
            self.broken_at = Some(now.system);
            return false;
        }
        let has_drifted = self
            .rate
            .is_none_or(|rate| self.line(rate, now.counter).abs_diff(now.system as i64) > DRIFT);
        if has_drifted {
            self.rate = Rate::between(&self.first, &now).or(self.rate);
        }
        self.last = now;
        true
    }

    fn is_jump(&self, now: &Moment) -> bool {
        let (ticks, nanos) = (now.ticks_since(&self.last), now.nanos_since(&self.last));
        let Some(rate) = self.rate else {
            return ticks <= 0 && nanos > JUMP;
        };
        let width = (now.width + self.last.width) as f64 * rate.nanos_per_tick;
        let slack = JUMP as f64 + width + nanos as f64 * (JUMP_RATE + rate.uncertainty);
        (rate.nanos(ticks) as f64 - nanos as f64).abs() > slack
    }

    pub(crate) fn time(&self, tick: Tick) -> SystemTime {
        if let Some(standing) = &self.standing {
            return standing.time(tick);
        }
        let system = match tick.reading() {
            Reading::System(nanos) => nanos as i64,
            Reading::Counter(counter) => self.place(counter),
        };
        let since_1970 = system.saturating_add(self.wall_offset).max(0);
        UNIX_EPOCH + Duration::from_nanos(since_1970 as u64)
    }

    /// The time of the monotonic clock at a number of the counter.
    fn place(&self, counter: u64) -> i64 {
        let Some(rate) = self.rate else {
            return self.last.system as i64;
        };
        let time = self.line(rate, counter);
        match self.broken_at {
            // The counter was read after the last good reading, and shows anything.
            Some(broken_at) if !(self.first.counter..=self.last.counter).contains(&counter) => {
                time.clamp(self.last.system as i64, broken_at as i64)
            }
            _ => time,
        }
    }

    fn line(&self, rate: Rate, counter: u64) -> i64 {
        let ticks = counter.wrapping_sub(self.first.counter) as i64;
        rate.nanos(ticks).saturating_add(self.first.system as i64)
    }
}

fn publish(rate: Option<Rate>) {
    if let Some(rate) = rate {
        NANOS_PER_TICK.store(rate.nanos_per_tick.to_bits(), Ordering::Relaxed);
    }
}

/// The time from one tick to a later one, on any thread; zero if they are of different clocks. The worker knows better.
pub(crate) fn duration(start: Tick, end: Tick) -> Duration {
    let nanos = match (start.reading(), end.reading()) {
        (Reading::System(start), Reading::System(end)) => end.saturating_sub(start),
        (Reading::Counter(start), Reading::Counter(end)) => {
            let rate = f64::from_bits(NANOS_PER_TICK.load(Ordering::Relaxed));
            (end.saturating_sub(start) as f64 * rate) as u64
        }
        _ => 0,
    };
    Duration::from_nanos(nanos)
}

/// The tick that was so long before this one, as exactly as a thread knows. If no clock reaches back as far, it is one before
/// all others.
pub(crate) fn earlier(tick: Tick, by: Duration) -> Tick {
    let by = nanos(by);
    match tick.reading() {
        Reading::System(nanos) => nanos.checked_sub(by).map(Tick::of_system),
        Reading::Counter(counter) => {
            let rate = f64::from_bits(NANOS_PER_TICK.load(Ordering::Relaxed));
            let ticks = (by as f64 / rate) as u64;
            counter.checked_sub(ticks).map(Tick::of_counter)
        }
    }
    .unwrap_or(Tick::ZERO)
}

/// Forgets what was learnt, because the process may be on another machine.
pub(crate) fn renew() {
    hardware_counter::choose_again();
    NANOS_PER_TICK.store(0, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use super::*;

    const MILLISECOND: u64 = 1_000_000;
    const SECOND: u64 = 1_000 * MILLISECOND;
    /// Of the counter of [`Machine`], as of many processors.
    const NANOS_PER_TICK: f64 = 1.0 / 2.1;

    /// A machine with a counter, whose clocks go as the test says.
    #[derive(Clone, Copy)]
    struct Machine(Moment);

    impl Machine {
        fn new() -> Self {
            Self(Moment {
                counter: 7_000_000_000_000,
                width: 100,
                system: 40 * SECOND,
                wall: 1_800_000_000 * SECOND,
            })
        }

        fn run(&mut self, nanos: u64) -> &mut Self {
            self.0.counter += (nanos as f64 / NANOS_PER_TICK) as u64;
            self.0.system += nanos;
            self.0.wall += nanos;
            self
        }

        fn clock(&self) -> Clock {
            Clock::starting_at(self.0, None)
        }

        /// A reading between whose parts something else ran.
        fn interrupted(&self, nanos: u64) -> Moment {
            let width = (nanos as f64 / NANOS_PER_TICK) as u64;
            Moment {
                counter: self.0.counter + width / 2,
                width,
                ..self.0
            }
        }

        fn tick(&self) -> Tick {
            Tick::of_counter(self.0.counter)
        }

        fn wall(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_nanos(self.0.wall)
        }
    }

    fn apart(one: SystemTime, other: SystemTime) -> Duration {
        one.duration_since(other).unwrap_or_else(|error| error.duration())
    }

    /// What a span that took `nanos` may be shown with.
    fn is_right(shown: Duration, nanos: u64) -> bool {
        let allowed = Duration::from_nanos(nanos / 1_000 + 1_000);
        shown.abs_diff(Duration::from_nanos(nanos)) <= allowed
    }

    fn lasted(clock: &Clock, start: Tick, end: Tick) -> Duration {
        clock
            .time(end)
            .duration_since(clock.time(start))
            .unwrap_or_default()
    }

    #[test]
    fn a_span_has_its_time_however_soon_it_is_reported() {
        for nanos in [2_000, 20_000, 700_000, 3 * MILLISECOND, 20 * SECOND] {
            let mut machine = Machine::new();
            let mut clock = machine.clock();
            let start = machine.run(500).tick();
            let (end, end_time) = (machine.run(nanos).tick(), machine.wall());
            assert!(clock.compare(machine.interrupted(300)));
            assert!(is_right(lasted(&clock, start, end), nanos), "{nanos}");
            assert!(apart(clock.time(end), end_time) < Duration::from_micros(1));
        }
    }

    #[test]
    fn a_tick_keeps_its_time_while_the_clocks_agree() {
        let mut machine = Machine::new();
        let mut clock = machine.clock();
        clock.compare(machine.run(50_000).0);
        clock.compare(machine.run(SECOND).0);
        let (tick, wall) = (machine.run(SECOND / 2).tick(), machine.wall());
        let time = clock.time(tick);
        for _ in 0..100_000 {
            clock.compare(machine.run(SECOND).0);
            assert_eq!(clock.time(tick), time);
        }
        assert!(apart(time, wall) < Duration::from_micros(1));
    }

    #[test]
    fn a_clock_that_has_just_begun_is_not_asked_for_the_rate() {
        let mut machine = Machine::new();
        let mut clock = machine.clock();
        assert!(clock.compare(machine.run(20_000).interrupted(300)));
        assert!(!clock.has_run_for(SURE));
        assert!(clock.compare(machine.run(SURE).0));
        assert!(clock.has_run_for(SURE));
    }

    #[test]
    fn a_rate_that_a_time_server_changes_is_followed() {
        let mut machine = Machine::new();
        let mut clock = machine.clock();
        for _ in 0..100 {
            clock.compare(machine.run(SECOND).0);
        }
        for _ in 0..1_000 {
            let start = machine.tick();
            machine.run(SECOND).0.system += 500_000;
            machine.0.wall += 500_000;
            assert!(clock.compare(machine.0));
            assert!(is_right(lasted(&clock, start, machine.tick()), SECOND + 500_000));
            assert!(apart(clock.time(machine.tick()), machine.wall()) < Duration::from_micros(1));
        }
    }

    #[test]
    fn a_stepped_wall_clock_moves_spans_and_changes_no_duration() {
        for step in [3_600 * SECOND as i64, -3_600 * SECOND as i64] {
            let mut machine = Machine::new();
            let mut clock = machine.clock();
            clock.compare(machine.run(SECOND).0);
            let start = machine.tick();
            machine.run(10 * MILLISECOND).0.wall = machine.0.wall.wrapping_add(step as u64);
            let end = machine.run(10 * MILLISECOND).tick();
            assert!(clock.compare(machine.0));
            assert!(is_right(lasted(&clock, start, end), 20 * MILLISECOND));
            assert!(apart(clock.time(end), machine.wall()) < Duration::from_micros(1));
        }
    }

    #[test]
    fn a_counter_that_stops_or_jumps_is_left_for_good_and_no_time_is_far_off() {
        type Break = fn(&mut Moment);
        let breaks: [Break; 4] = [
            |now| now.counter -= (SECOND as f64 / NANOS_PER_TICK) as u64,
            |now| now.counter = 0,
            |now| now.counter += 1 << 50,
            // Twice as fast, as on another machine.
            |now| now.counter += (SECOND as f64 / NANOS_PER_TICK) as u64,
        ];
        for break_it in breaks {
            let mut machine = Machine::new();
            let mut clock = machine.clock();
            clock.compare(machine.run(SECOND).0);
            let (start, good) = (machine.tick(), machine.0.system);
            let (second, second_time) = (machine.run(MILLISECOND).tick(), machine.wall());
            assert!(clock.compare(machine.0));
            break_it(&mut machine.run(SECOND).0);
            let end = machine.tick();
            assert!(!clock.compare(machine.0));
            machine.run(SECOND);
            assert!(!clock.compare(machine.0));
            assert!(is_right(lasted(&clock, start, second), MILLISECOND));
            assert!(apart(clock.time(second), second_time) < Duration::from_micros(1));
            let longest = Duration::from_nanos(SECOND + MILLISECOND);
            assert!((Duration::from_micros(999)..=longest).contains(&lasted(&clock, start, end)));
            // From now on, the ticks are the system's.
            let by_system = |nanos: u64| Tick::of_system(good + nanos);
            let after = lasted(&clock, by_system(0), by_system(MILLISECOND));
            assert_eq!(after, Duration::from_millis(1));
        }
    }

    #[test]
    fn a_machine_that_was_suspended_has_the_wall_time_of_today_and_no_negative_duration() {
        const NIGHT: u64 = 8 * 3_600 * SECOND;
        for counter_continued in [true, false] {
            let mut machine = Machine::new();
            let mut clock = machine.clock();
            clock.compare(machine.run(SECOND).0);
            let start = machine.run(MILLISECOND).tick();
            machine.0.wall += NIGHT;
            if counter_continued {
                machine.0.counter += (NIGHT as f64 / NANOS_PER_TICK) as u64;
            }
            let end = machine.run(MILLISECOND).tick();
            assert_eq!(clock.compare(machine.0), !counter_continued);
            assert!(lasted(&clock, start, end) <= Duration::from_millis(3));
            assert!(apart(clock.time(end), machine.wall()) < Duration::from_millis(3));
        }
    }

    #[test]
    fn an_earlier_tick_is_as_far_away_as_it_was_asked_for() {
        let _clock = Clock::new();
        for tick in [Tick::now(), Tick::of_system(40 * SECOND)] {
            for by in [Duration::ZERO, Duration::from_millis(700)] {
                let measured = duration(earlier(tick, by), tick);
                assert!(measured.abs_diff(by) < Duration::from_micros(2), "{measured:?}");
            }
            let before_all = earlier(tick, Duration::MAX);
            assert_eq!(before_all, Tick::ZERO);
        }
    }

    #[test]
    fn a_reading_that_was_interrupted_is_no_reason_to_leave_the_counter() {
        let mut machine = Machine::new();
        let mut clock = machine.clock();
        for _ in 0..10 {
            assert!(clock.compare(machine.run(SECOND).interrupted(80 * MILLISECOND)));
            assert!(clock.compare(machine.run(MILLISECOND).0));
        }
        // The worst reading is the first.
        let mut clock = Clock::starting_at(machine.interrupted(80 * MILLISECOND), None);
        machine.run(100 * MILLISECOND);
        for _ in 0..10 {
            assert!(clock.compare(machine.run(SECOND).0));
        }
    }

    #[test]
    fn ticks_of_this_machine_agree_with_its_clock_from_the_first_millisecond() {
        for micros in [0, 300, 3_000, 30_000] {
            // A busy machine may interrupt a round.
            let is_exact = (0..50).any(|_| {
                let mut clock = Clock::new();
                let around = Instant::now();
                let start = Tick::now();
                let inside = Instant::now();
                thread::sleep(Duration::from_micros(micros));
                let shortest = inside.elapsed();
                let end = Tick::now();
                let longest = around.elapsed();
                clock.refresh();
                let allowed = longest / 1_000 + Duration::from_micros(1);
                let shown = lasted(&clock, start, end);
                let is_now = apart(clock.time(Tick::now()), SystemTime::now()) < Duration::from_millis(2);
                let in_time = duration(start, end).abs_diff(shown) <= shown / 10 + Duration::from_micros(1);
                is_now && in_time && shown + allowed >= shortest && shown <= longest + allowed
            });
            assert!(is_exact, "{micros} µs");
        }
    }
}
