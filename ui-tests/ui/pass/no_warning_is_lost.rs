//! What rustc says about a function without attributes it says about the function with them.
#![deny(unfulfilled_lint_expectations)]
#![allow(clippy::all)]

use fedtrace::{tag_args, trace};

#[trace]
#[expect(dead_code)]
fn dead() {}

#[trace]
#[tag_args]
#[expect(dead_code)]
fn dead_fallible() -> Result<(), std::fmt::Error> {
    Ok(())
}

#[trace]
#[expect(dead_code)]
async fn dead_async() {}

#[trace]
#[expect(unused_variables)]
fn unused(x: u8, y: String) {}

#[trace]
#[expect(unused_variables)]
fn unused_fallible(x: u8) -> Result<(), std::fmt::Error> {
    Ok(())
}

#[trace]
#[expect(unused_variables)]
async fn unused_async(x: u8) {}

#[trace]
#[expect(unused_variables)]
async fn unused_async_value(x: String) {}

#[trace]
#[expect(unused_variables)]
async fn unused_async_shadowed(x: String) {
    let x = 1;
    let _ = x;
}

#[trace]
async fn unused_async_said_at_the_parameter(#[expect(unused_variables)] x: String) {}

#[trace]
fn unused_said_at_the_parameter(#[expect(unused_variables)] x: u8) -> Result<(), std::fmt::Error> {
    Ok(())
}

#[trace]
#[expect(unused_mut)]
fn unused_mut(mut x: u8) -> u8 {
    x
}

#[trace]
#[expect(unused_mut)]
fn unused_mut_fallible(mut x: u8) -> Result<u8, std::fmt::Error> {
    Ok(x)
}

#[trace]
#[expect(unused_mut)]
async fn unused_mut_async(mut x: u8) -> u8 {
    x
}

#[trace]
#[expect(unused_assignments)]
fn unused_assignment(mut x: u8) -> Result<(), std::fmt::Error> {
    let _ = x;
    x = 1;
    Ok(())
}

#[trace]
#[expect(unreachable_code)]
fn unreachable() -> u8 {
    return 1;
    2
}

#[trace]
#[expect(unreachable_code)]
async fn unreachable_async() -> u8 {
    return 1;
    2
}

#[trace]
#[expect(unconditional_recursion)]
fn recursion() {
    recursion()
}

#[trace]
#[must_use]
fn must_use() -> u8 {
    1
}

#[trace]
#[expect(non_snake_case)]
fn notSnakeCase() {}

#[trace]
#[expect(unused_must_use)]
fn ignores_must_use() {
    must_use();
}

#[trace]
#[expect(unused_must_use)]
async fn ignores_future() {
    unused_async(1);
}

fn main() {
    unused(1, String::new());
    let _ = unused_fallible(1);
    drop(unused_async(1));
    drop(unused_async_value(String::new()));
    drop(unused_async_shadowed(String::new()));
    drop(unused_async_said_at_the_parameter(String::new()));
    let _ = unused_said_at_the_parameter(1);
    unused_mut(1);
    let _ = unused_mut_fallible(1);
    drop(unused_mut_async(1));
    let _ = unused_assignment(1);
    unreachable();
    drop(unreachable_async());
    if unreachable() == 2 {
        recursion();
    }
    notSnakeCase();
    ignores_must_use();
    drop(ignores_future());
}
