// Wrong types.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub struct Own;

#[attributes]
pub fn tail() -> u8 {
    "text"
}

#[attributes]
pub fn tail_fallible() -> Result<u8, ()> {
    1
}

#[attributes]
pub fn inner_of_tail() -> Result<u8, ()> {
    Ok("text")
}

#[attributes]
pub async fn tail_later() -> u8 {
    "text"
}

#[attributes]
pub async fn tail_later_fallible() -> Result<u8, ()> {
    Ok("text")
}

#[attributes]
pub async fn tail_later_bound_again(mut x: String) -> Result<u8, ()> {
    x.push('x');
    Ok(x)
}

#[attributes]
pub fn early(x: bool) -> u8 {
    if x {
        return "text";
    }
    1
}

#[attributes]
pub fn early_fallible(x: bool) -> Result<u8, String> {
    if x {
        return Err(1);
    }
    Ok(1)
}

#[attributes]
pub async fn early_later(x: bool) -> u8 {
    if x {
        return "text";
    }
    1
}

#[attributes]
pub async fn early_later_fallible(x: bool) -> Result<u8, String> {
    if x {
        return 1;
    }
    Ok(1)
}

#[attributes]
pub fn nothing_returned(x: u8) -> u8 {
    let _ = x;
}

#[attributes]
pub fn nothing_returned_fallible(x: u8) -> Result<u8, ()> {
    let _ = x;
}

#[attributes]
pub async fn nothing_returned_later(x: u8) -> u8 {
    let _ = x;
}

#[attributes]
pub async fn nothing_returned_later_fallible(x: u8) -> Result<u8, ()> {
    let _ = x;
}

#[attributes]
pub fn semicolon(x: u8) -> Result<u8, ()> {
    Ok(x);
}

#[attributes]
pub async fn semicolon_later(x: u8) -> Result<u8, ()> {
    Ok(x);
}

#[attributes]
pub fn returned_but_unit(x: u8) {
    x
}

#[attributes]
pub async fn returned_but_unit_later(x: u8) {
    x
}

#[attributes]
pub fn missing_else(x: bool) -> Result<u8, ()> {
    if x {
        Ok(1)
    }
}

#[attributes]
pub fn arms(x: u8) -> Result<u8, ()> {
    match x {
        0 => Ok(1),
        _ => "text",
    }
}

#[attributes]
pub fn question_without_result(x: Option<u8>) -> u8 {
    x?
}

#[attributes]
pub fn question_of_option(x: Option<u8>) -> Result<u8, ()> {
    Ok(x?)
}

#[attributes]
pub fn question_not_converted(x: Result<u8, fmt::Error>) -> Result<u8, String> {
    Ok(x?)
}

#[attributes]
pub async fn question_not_converted_later(x: Result<u8, fmt::Error>) -> Result<u8, String> {
    Ok(x?)
}

#[attributes]
pub async fn question_later_without_result(x: Result<u8, fmt::Error>) -> u8 {
    x?
}

#[attributes]
pub async fn missing_await() -> u8 {
    tail_of_one()
}

#[attributes]
pub async fn tail_of_one() -> u8 {
    1
}

#[attributes]
pub fn await_of_a_number(x: u8) -> impl Future<Output = u8> {
    async move { x.await }
}

#[attributes]
pub fn method(x: Own) -> Result<u8, ()> {
    x.missing()
}

#[attributes]
pub async fn method_later(x: Own) -> Result<u8, ()> {
    x.missing().await
}

#[attributes]
pub fn field(x: Own) -> u8 {
    x.missing
}

#[attributes]
pub fn arguments(x: u8) -> Result<u8, ()> {
    arguments(x, 1)
}

#[attributes]
pub fn wrong_generic<T>(x: T) -> Result<u8, T> {
    Err(1)
}

#[attributes]
pub fn missing_bound<T>(x: T) -> Result<String, ()> {
    Ok(x.to_string())
}

#[attributes]
pub async fn missing_bound_later<T>(x: T) -> String {
    x.to_string()
}

#[attributes]
pub fn opaque(x: u8) -> impl Iterator<Item = u8> {
    x
}

#[attributes]
pub fn opaque_fallible(x: u8) -> Result<impl Iterator<Item = u8>, ()> {
    Ok(x)
}

#[attributes]
pub async fn opaque_later(x: u8) -> impl Iterator<Item = u8> {
    x
}

#[attributes]
pub fn boxed(x: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async move { "text" })
}

#[attributes]
pub fn boxed_fallible(x: u8) -> Pin<Box<dyn Future<Output = Result<u8, ()>>>> {
    Box::pin(async move { Ok("text") })
}

#[attributes]
pub fn inside_boxed(x: u8) -> Pin<Box<dyn Future<Output = Result<u8, ()>>>> {
    Box::pin(async move {
        let text: &str = x;
        Ok(x)
    })
}

#[attributes]
pub fn future(x: u8) -> impl Future<Output = u8> {
    let y: &str = x;
    async move { x }
}

#[attributes]
pub fn closure(x: u8) -> Result<impl Fn(u8) -> u8, ()> {
    Ok(move |y: u8| "text")
}

#[attributes]
pub fn coerced(x: u8) -> Result<Box<dyn fmt::Display>, ()> {
    Ok(Box::new(Own))
}

#[attributes]
pub fn unknown_type(x: u8) -> Result<u8, ()> {
    let list = Vec::new();
    Ok(x)
}

#[attributes]
pub fn never(x: u8) -> ! {
    let _ = x;
}

#[attributes]
pub fn unsized_local(x: &str) -> Result<u8, ()> {
    let y = *x;
    Ok(1)
}

#[attributes]
pub fn unsafe_call(x: *const u8) -> Result<u8, ()> {
    Ok(*x)
}

#[attributes]
pub async fn unsafe_call_later(x: *const u8) -> u8 {
    *x
}

#[attributes]
pub fn break_outside(x: u8) -> Result<u8, ()> {
    let f = || 1;
    f += x;
    Ok(x)
}

impl Own {
    #[attributes]
    pub fn method(&self) -> Result<u8, ()> {
        self.missing()
    }
}

impl fmt::Display for Missing {
    #[attributes]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(1)
    }
}

pub struct Missing;

impl Iterator for Own {
    type Item = u8;

    #[attributes]
    fn next(&mut self) -> Option<u16> {
        None
    }
}

impl Clone for Own {
    #[attributes]
    fn clone(self) -> Self {
        Own
    }
}
