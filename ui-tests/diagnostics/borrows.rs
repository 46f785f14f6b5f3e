// Wrong borrows and moves.

use std::future::Future;
use std::pin::Pin;

#[attributes]
pub fn moved_twice(text: String) -> Result<String, String> {
    drop(text);
    Ok(text)
}

#[attributes]
pub async fn moved_twice_later(text: String) -> Result<String, String> {
    drop(text);
    Ok(text)
}

#[attributes]
pub fn moved_in_loop(text: String) {
    loop {
        drop(text);
    }
}

#[attributes]
pub fn not_mutable(text: String) -> Result<String, String> {
    text.push('x');
    Ok(text)
}

#[attributes]
pub async fn not_mutable_later(text: String) -> Result<String, String> {
    text.push('x');
    Ok(text)
}

#[attributes]
pub fn assigned_twice(x: u8) -> Result<u8, ()> {
    x = 1;
    Ok(x)
}

#[attributes]
pub fn not_mutable_reference(list: &Vec<u8>) -> Result<(), ()> {
    list.push(1);
    Ok(())
}

#[attributes]
pub fn local_returned(x: u8) -> Result<&'static str, ()> {
    let text = x.to_string();
    Ok(&text)
}

#[attributes]
pub fn local_returned_plain(x: u8) -> &'static str {
    let text = x.to_string();
    &text
}

#[attributes]
pub async fn local_returned_later(x: u8) -> &'static str {
    let text = x.to_string();
    &text
}

#[attributes]
pub fn borrowed_twice(list: &mut Vec<u8>) -> Result<usize, ()> {
    let first = &mut list[0];
    list.push(1);
    *first = 2;
    Ok(list.len())
}

#[attributes]
pub async fn borrowed_twice_later(list: &mut Vec<u8>) -> Result<usize, ()> {
    let first = &mut list[0];
    list.push(1);
    *first = 2;
    Ok(list.len())
}

#[attributes]
pub fn wrong_lifetime<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    if a.is_empty() { a } else { b }
}

#[attributes]
pub fn wrong_lifetime_fallible<'a, 'b>(a: &'a str, b: &'b str) -> Result<&'a str, ()> {
    if a.is_empty() {
        return Ok(b);
    }
    Ok(a)
}

#[attributes]
pub async fn wrong_lifetime_later<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    if a.is_empty() { a } else { b }
}

#[attributes]
pub fn moved_out_of_reference(text: &String) -> Result<String, ()> {
    Ok(*text)
}

#[attributes]
pub async fn moved_out_of_reference_later(text: &String) -> String {
    *text
}

#[attributes]
pub fn closure_outlives(text: &str) -> Result<Box<dyn Fn() -> usize>, ()> {
    let length = text.len();
    Ok(Box::new(|| length))
}

#[attributes]
pub fn future_outlives(text: String) -> Pin<Box<dyn Future<Output = usize>>> {
    Box::pin(async { text.len() })
}

#[attributes]
pub fn future_too_short(text: &str) -> Pin<Box<dyn Future<Output = usize>>> {
    Box::pin(async move { text.len() })
}

#[attributes]
pub fn uninitialised(flag: bool) -> Result<u8, ()> {
    let x;
    if flag {
        x = 1;
    }
    Ok(x)
}

#[attributes]
pub fn temporary(x: u8) -> Result<usize, ()> {
    let text: &str = x.to_string().as_str();
    Ok(text.len())
}

pub struct Own(String);

impl Own {
    #[attributes]
    pub fn consumed(self) -> Result<Self, String> {
        drop(self);
        Ok(self)
    }

    #[attributes]
    pub fn behind_reference(&self) -> Result<String, ()> {
        Ok(self.0)
    }

    #[attributes]
    pub fn changed(&self) -> Result<(), ()> {
        self.0.push('x');
        Ok(())
    }

    #[attributes]
    pub async fn changed_later(self) -> Result<(), ()> {
        self.0.push('x');
        Ok(())
    }

    #[attributes]
    pub fn elided(&self, other: &str) -> &str {
        other
    }
}
