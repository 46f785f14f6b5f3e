#[fedtrace::trace]
use std::mem;

fn main() {
    mem::take(&mut 1);
}
