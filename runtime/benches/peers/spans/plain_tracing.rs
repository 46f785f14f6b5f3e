//! tracing without a subscriber. That is its "off"; there is nothing else to measure.

use std::hint::black_box;

use tracing::instrument;

use crate::contender::{Contender, Row};
use crate::work::{plain, work};

pub(crate) const CONTENDER: Contender = Contender {
    name: "tracing",
    case,
    drain: || {},
};

fn case(row: Row) -> Option<fn(u64)> {
    match row {
        Row::Plain => Some(plain),
        Row::Off => Some(children),
        _ => None,
    }
}

#[inline(never)]
#[instrument(skip_all)]
fn child(input: u64) -> u64 {
    work(input)
}

fn children(times: u64) {
    for input in 0..times {
        black_box(child(input));
    }
}
