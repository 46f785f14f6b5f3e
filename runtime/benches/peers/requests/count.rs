//! Requests to one contender, for a program that counts instructions.

use std::process::ExitCode;

use axum::Router;

use crate::contender;
use crate::server::send;

/// So many requests go before, twice, until nothing is made for the first time any more.
const BEFORE: u32 = 256;

/// The contender and the number of requests, if the arguments ask for it.
pub(crate) fn wanted() -> Option<(String, u32)> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--count");
    arguments.next()?;
    Some((arguments.next()?, arguments.next()?.parse().ok()?))
}

pub(crate) fn send_only(name: &str, times: u32) -> ExitCode {
    let mut contenders = contender::all();
    let Some(contender) = contenders.iter_mut().find(|one| one.name.starts_with(name)) else {
        eprintln!("there is no contender {name}");
        return ExitCode::FAILURE;
    };
    let router = &mut contender.router;
    tracing::dispatcher::with_default(&contender.dispatch, || {
        for _ in 0..2 {
            (0..BEFORE).for_each(|_| send(router));
            (contender.drain)();
        }
        measured(router, times);
    });
    ExitCode::SUCCESS
}

/// Not inlined, so that it can be named to valgrind.
#[inline(never)]
fn measured(router: &mut Router, times: u32) {
    (0..times).for_each(|_| send(router));
}
