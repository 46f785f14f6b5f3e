//! What must and must not compile: the tests are in `tests/`. Here is what they share.

mod attributes;
mod compiler;

pub use attributes::{COMBINATIONS, editions, with_attributes};
pub use compiler::{Compiler, Message};
