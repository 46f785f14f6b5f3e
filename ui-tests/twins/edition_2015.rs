// editions: 2015
// What there was before `async` and `dyn`.
#![allow(anonymous_parameters, bare_trait_objects)]

use std::fmt::Debug;

struct Noisy(u8);

trait Shown {
    fn show(&self, u8) -> Result<String, ()>;
}

impl Shown for Noisy {
    #[attributes]
    fn show(&self, mut more: u8) -> Result<String, ()> {
        more += self.0;
        if more > 9 {
            return Err(());
        }
        Ok(more.to_string())
    }
}

#[attributes]
fn boxed(x: u8) -> Box<Debug> {
    Box::new(x)
}

#[attributes]
fn fallible(text: &str) -> Result<u8, std::num::ParseIntError> {
    let x: u8 = text.parse()?;
    Ok(x + 1)
}

#[attributes]
fn anything<T: Debug + ?Sized>(x: &T, (a, b): (u8, u8)) -> String {
    format!("{:?}{}{}", x, a, b)
}

pub fn run() -> Vec<String> {
    vec![
        format!("{:?}", Noisy(1).show(2)),
        format!("{:?}", Noisy(1).show(9)),
        format!("{:?}", boxed(1)),
        format!("{:?}{:?}", fallible("1"), fallible("x")),
        anything("x", (1, 2)),
    ]
}
