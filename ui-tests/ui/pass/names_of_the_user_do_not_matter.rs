#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code)]

mod std {}
mod core {}
mod alloc {}
mod fedtrace {}

macro_rules! module_path {
    () => {
        0
    };
}
macro_rules! format {
    () => {
        module_path!()
    };
}

enum Option {
    Some,
    None,
}
enum Result<T> {
    Ok(T),
    Err,
}
struct Box;
struct String;
struct Future;
struct Send;
fn drop() {}

use Option::{None, Some};
use Result::{Err, Ok};

#[allow(non_upper_case_globals)]
const limit: u8 = 1;
#[allow(non_camel_case_types)]
struct recording;

#[::fedtrace::trace]
#[::fedtrace::tag_args]
fn sync(scope: u8, output: u8, tags: u8, call: u8) -> u8 {
    scope + output + tags + call + limit
}

#[::fedtrace::tag_args]
#[::fedtrace::trace_with_opname("look-alike")]
fn look_alike(scope: Option, krate: recording) -> Result<Option> {
    let recording = krate;
    match scope {
        Some => Ok(Some),
        None => Err,
    }
}

#[::fedtrace::trace]
#[::fedtrace::tag_args]
async fn asynchronous(mut output: u8, hint: String) -> Result<String> {
    output += 1;
    match output {
        0 => Err,
        _ => Ok(hint),
    }
}

#[::fedtrace::trace]
#[::fedtrace::tag_args]
fn returning(tags: u8) -> impl ::std::future::Future<Output = Result<Box>> {
    let _ = (tags, format!());
    async move {
        let _ = Send;
        Ok(Box)
    }
}

fn main() {
    let _ = (sync(1, 2, 3, 4), Future, drop());
    let _ = look_alike(None, recording);
    let _ = asynchronous(1, String);
    let _ = returning(1);
}
