// Everything here is Rust, and something in it deserves a warning.

use std::future::Future;

#[attributes]
fn dead() {}

#[attributes]
fn dead_fallible(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
async fn dead_later(x: u8) -> u8 {
    x
}

#[attributes]
pub fn unused_argument(x: u8, mut y: String, (a, b): (u8, u8)) {}

#[attributes]
pub fn unused_argument_fallible(x: u8, mut y: String, (a, b): (u8, u8)) -> Result<(), ()> {
    Ok(())
}

#[attributes]
pub async fn unused_argument_later(x: u8, mut y: String, z: String, (a, b): (u8, String)) {}

#[attributes]
pub fn unused_argument_of_future(x: u8, y: String) -> impl Future<Output = u8> {
    async move { 1 }
}

#[attributes]
pub fn unused_local(x: u8) -> Result<u8, ()> {
    let y = x;
    let mut z = x;
    Ok(x)
}

#[attributes]
pub async fn unused_local_later(x: u8) -> u8 {
    let y = x;
    let mut z = x;
    x
}

#[attributes]
pub fn unused_mutability(mut x: u8, mut y: String) -> Result<String, ()> {
    let _ = x;
    Ok(y)
}

#[attributes]
pub async fn unused_mutability_later(mut x: u8, mut y: String) -> String {
    let _ = x;
    y
}

#[attributes]
pub fn unused_assignment(mut x: u8) -> Result<u8, ()> {
    let y = x;
    x = 1;
    Ok(y)
}

#[attributes]
pub fn overwritten(mut x: u8) -> Result<u8, ()> {
    x = 1;
    Ok(x)
}

#[attributes]
pub async fn overwritten_later(mut x: u8) -> Result<u8, ()> {
    x = 1;
    Ok(x)
}

#[attributes]
pub fn unreachable(x: u8) -> Result<u8, ()> {
    return Ok(x);
    Err(())
}

#[attributes]
pub async fn unreachable_later(x: u8) -> Result<u8, ()> {
    return Ok(x);
    Err(())
}

#[attributes]
pub fn unreachable_after_panic(x: u8) -> u8 {
    panic!("{x}");
    x
}

#[attributes]
pub fn recursion(x: u8) -> u8 {
    recursion(x)
}

#[attributes]
pub fn unused_result() -> Result<(), ()> {
    dead_fallible(1);
    Ok(())
}

#[attributes]
pub async fn unused_future() -> Result<(), ()> {
    dead_later(1);
    async { 1 };
    Ok(())
}

#[attributes]
#[must_use]
pub fn must_use(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
pub fn ignores(x: u8) {
    must_use(x);
    x == 1;
    x + 1;
}

#[attributes]
pub fn BadName(BadArgument: u8) -> Result<u8, ()> {
    Ok(BadArgument)
}

#[attributes]
pub async fn BadNameLater(mut BadArgument: String) -> String {
    BadArgument.push('x');
    BadArgument
}

#[attributes]
pub fn parentheses(x: u8) -> u8 {
    let y = (x);
    if (y == 1) {
        return (y);
    }
    (y)
}

#[attributes]
pub fn braces(x: u8) -> Result<u8, ()> {
    let y = { x };
    Ok({ y })
}

#[attributes]
pub fn semicolons(x: u8) -> Result<u8, ()> {
    ;;
    Ok(x)
}

#[attributes]
pub fn unused_import(x: u8) -> Result<u8, ()> {
    use std::fmt::Debug;
    Ok(x)
}

#[attributes]
pub fn unused_item(x: u8) -> Result<u8, ()> {
    fn inner() {}
    const LIMIT: u8 = 1;
    Ok(x)
}

#[attributes]
pub fn unused_label(x: u8) -> Result<u8, ()> {
    'label: loop {
        break;
    }
    Ok(x)
}

#[attributes]
pub fn unused_lifetime<'a>(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
pub fn unused_unsafe(x: u8) -> Result<u8, ()> {
    unsafe { Ok(x) }
}

#[attributes]
pub unsafe fn unsafe_without_block(x: *const u8) -> Result<u8, ()> {
    Ok(*x)
}

#[attributes]
pub fn hidden_lifetime(x: std::cell::Ref<u8>) -> Result<u8, ()> {
    Ok(*x)
}

#[attributes]
pub fn patterns(x: u8) -> Result<u8, ()> {
    match x {
        0..=255 => Ok(1),
        _ => Err(()),
    }
}

#[attributes]
pub fn irrefutable(x: u8) -> Result<u8, ()> {
    if let y = x { Ok(y) } else { Err(()) }
}

#[attributes]
pub fn old(x: u8) -> Result<u8, ()> {
    #[allow(deprecated)]
    deprecated();
    deprecated();
    Ok(x)
}

#[attributes]
#[deprecated]
pub fn deprecated() {}

#[attributes]
#[expect(unused_mut)]
pub fn unfulfilled(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
pub fn comparison(x: u8) -> Result<bool, ()> {
    Ok(x >= 0)
}

#[attributes]
pub fn underscore_lock(x: &std::sync::Mutex<u8>) -> Result<(), ()> {
    let _ = x.lock();
    Ok(())
}

#[attributes]
pub fn casts(x: u8) -> Result<u8, ()> {
    Ok(x as u8)
}

#[attributes]
pub fn qualified(x: u8) -> std::result::Result<u8, ()> {
    std::result::Result::Ok(x)
}

#[attributes]
pub fn one_line_braces(x: u8) -> Result<u8, ()> { return { Ok(x) } }


#[attributes]
pub fn captured(mut x: u8) -> Result<u8, ()> {
    let mut f = move || x += 1;
    f();
    Ok(1)
}

mod other {
    pub(crate) fn id() -> u8 {
        1
    }
}

#[attributes]
async fn unused_beside_a_path(id: String) -> u8 {
    other::id()
}

#[attributes]
async fn unused_beside_a_label(outer: String) {
    'outer: loop {
        break 'outer;
    }
}

#[attributes]
async fn unused_beside_a_closure(event: String, events: Vec<String>) -> usize {
    events.iter().map(|event| event.len()).sum()
}

#[attributes]
async fn unused_beside_a_condition(event: String, found: Option<String>) -> usize {
    if let Some(event) = found { event.len() } else { 0 }
}

#[attributes]
async fn unused_beside_an_arm(event: String, found: Option<String>) -> usize {
    match found {
        Some(event) => event.len(),
        None => 0,
    }
}

#[attributes]
async fn unused_beside_a_loop(event: String, events: Vec<(u8, String)>) {
    for (_, event) in events {
        drop(event);
    }
}

#[attributes]
async fn unused_beside_a_macro(vec: Vec<u8>) -> Vec<u8> {
    vec![1]
}

#[attributes]
async fn unused_beside_a_function(name: String) -> u8 {
    fn name() -> u8 {
        3
    }
    name()
}
