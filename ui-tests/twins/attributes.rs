// editions: 2018 2021 2024
// Functions with attributes of the language, qualifiers, and lints that are expected.

use std::fmt::Debug;
use std::panic::Location;

use futures::executor::block_on;

#[attributes]
#[must_use]
fn must_use(x: u8) -> u8 {
    x
}

#[attributes]
#[must_use = "because"]
async fn must_use_later(x: u8) -> u8 {
    x
}

#[attributes]
#[inline]
#[cold]
#[doc(hidden)]
fn inline_cold(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[inline(always)]
#[attributes]
#[doc = "Documented."]
fn inline_always(x: u8) -> Result<u8, ()> {
    Ok(x)
}

/// Documented above.
#[attributes]
/// And below.
#[inline(never)]
async fn inline_never(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
#[deprecated(note = "old")]
fn deprecated(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
#[allow(deprecated)]
fn calls_deprecated(x: u8) -> Result<u8, ()> {
    deprecated(x)
}

#[attributes]
#[expect(deprecated)]
async fn calls_deprecated_later(x: u8) -> Result<u8, ()> {
    deprecated(x)
}

#[attributes]
#[track_caller]
fn tracked() -> (u32, u32) {
    (Location::caller().line(), Location::caller().column())
}

#[track_caller]
#[attributes]
fn tracked_fallible(fail: bool) -> Result<u32, u32> {
    if fail {
        return Err(Location::caller().line());
    }
    Ok(Location::caller().line())
}

#[attributes]
#[cfg_attr(all(), track_caller)]
fn tracked_by_configuration() -> Result<u32, u32> {
    Ok(Location::caller().line())
}

#[attributes]
#[track_caller]
fn tracked_through() -> u32 {
    tracked().0
}

#[attributes]
fn not_tracked() -> u32 {
    tracked().0
}

#[attributes]
fn own_line() -> Result<u32, ()> {
    Ok(line!() + column!())
}

#[attributes]
fn own_path() -> Result<usize, ()> {
    Ok(module_path!().len() * 0 + file!().len())
}

#[attributes]
unsafe fn not_safe(x: *const u8) -> Result<u8, ()> {
    #[allow(unsafe_op_in_unsafe_fn)]
    Ok(*x)
}

#[attributes]
unsafe fn not_safe_inside(x: *const u8) -> Result<u8, ()> {
    Ok(unsafe { *x })
}

#[attributes]
async unsafe fn not_safe_later(x: &u8) -> Result<u8, ()> {
    let x: *const u8 = x;
    Ok(unsafe { *x })
}

#[attributes]
extern "C" fn foreign(x: u8) -> u8 {
    x
}

#[attributes]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn foreign_unwind(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
#[allow(clippy::missing_safety_doc)]
pub unsafe extern "system" fn foreign_unsafe(x: u8) -> u8 {
    x
}

#[attributes]
#[rustfmt::skip]
#[allow(improper_ctypes_definitions, missing_abi)]
extern fn foreign_default(x: &str) -> u8 { x.len() as u8 }

#[attributes]
#[allow(dead_code)]
#[unsafe(link_section = ".text.fedtrace_twins")]
fn in_section(x: u8) -> u8 {
    x
}

#[attributes]
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn with_feature(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
#[expect(dead_code)]
fn expected_dead() {}

#[attributes]
#[expect(dead_code)]
async fn expected_dead_later() -> Result<(), ()> {
    Ok(())
}

#[attributes]
#[expect(unused_mut)]
fn expected_unused_mut(mut x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
#[expect(unused_mut)]
async fn expected_unused_mut_later(mut x: String) -> Result<String, ()> {
    Ok(x)
}

#[attributes]
#[expect(unreachable_code)]
fn expected_unreachable(x: u8) -> Result<u8, ()> {
    return Ok(x);
    Err(())
}

#[attributes]
#[expect(unreachable_code)]
async fn expected_unreachable_later(x: u8) -> Result<u8, ()> {
    return Ok(x);
    Err(())
}

#[attributes]
#[expect(unused_must_use)]
fn expected_unused_result() -> Result<u8, ()> {
    must_use(1);
    expected_unused_mut(1);
    Ok(1)
}

#[attributes]
#[expect(unused_assignments)]
fn expected_unused_assignment(mut x: u8) -> Result<u8, ()> {
    let y = x;
    x = 2;
    Ok(y)
}

#[attributes]
#[expect(non_snake_case)]
fn ExpectedCase(Argument: u8) -> Result<u8, ()> {
    Ok(Argument)
}

#[attributes]
#[expect(unused_variables)]
fn expected_unused_local() -> Result<u8, ()> {
    let unused = 1;
    Ok(1)
}

#[attributes]
fn expectation_inside() -> Result<u8, ()> {
    #![expect(unused_variables)]
    let unused = 1;
    #[expect(unused_mut)]
    let mut x = 1;
    Ok(x)
}

#[attributes]
#[expect(unused_parens)]
fn expected_parentheses(x: u8) -> u8 {
    let y = (x);
    y
}

#[attributes]
#[warn(clippy::all)]
#[forbid(unused_results)]
fn forbidding(x: u8) -> Result<u8, ()> {
    Ok(x)
}

mod within {
    #[attributes]
    #[deny(warnings)]
    #[allow(dead_code)]
    pub(in super) fn restricted(x: u8) -> u8 {
        x
    }
}

#[attributes]
fn one_line(x: u8) -> u8 { x }

#[attributes]
fn one_line_fallible(x: u8) -> Result<u8, ()> { Ok(x) }

#[attributes]
async fn one_line_later(x: u8) -> u8 { x }

#[attributes]
async fn one_line_later_fallible(mut x: u8) -> Result<u8, ()> { x += 1; Ok(x) }

#[attributes]
fn one_line_future(x: u8) -> impl Future<Output = u8> { async move { x } }

#[attributes]
fn one_line_boxed(x: u8) -> std::pin::Pin<Box<dyn Future<Output = ()>>> { Box::pin(async move { let _ = x; () }) }

use std::future::Future;

const _: () = {
    #[attributes]
    #[allow(dead_code)]
    fn in_a_constant() -> Result<u8, ()> {
        Ok(1)
    }
};

#[attributes]
#[expect(clippy::unused_async)]
async fn expected_unused_async() -> u8 {
    1
}

#[attributes]
#[expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "as a trait wants it"
)]
fn expected_by_the_linter(x: String) -> Result<usize, ()> {
    Ok(x.len())
}

#[attributes]
#[expect(clippy::manual_async_fn)]
fn expected_manual_async_fn(x: u8) -> impl Future<Output = u8> {
    async move { x }
}

#[attributes]
#[expect(unused_variables, unused_mut)]
fn expected_argument(x: u8, mut y: String) -> usize {
    y.len()
}

#[attributes]
fn expected_of_one(#[expect(unused_mut)] mut x: u8, #[expect(non_snake_case)] Y: u8) -> Result<u8, ()> {
    Ok(x + Y)
}

#[attributes]
fn allowed_of_one(#[allow(non_snake_case)] mut X: u8, #[cfg_attr(all(), allow(non_snake_case))] Y: u8) -> Result<u8, ()> {
    X += Y;
    Ok(X)
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    let here = line!();
    push(&must_use(1));
    push(&block_on(must_use_later(1)));
    push(&inline_cold(1));
    push(&inline_always(1));
    push(&block_on(inline_never(1)));
    push(&calls_deprecated(1));
    push(&block_on(calls_deprecated_later(1)));
    push(&(tracked().0 - here, tracked().1));
    push(&tracked_fallible(false).map(|line| line - here));
    push(&tracked_fallible(true).map_err(|line| line - here));
    push(&tracked_by_configuration().map(|line| line - here));
    push(&(tracked_through() - here));
    push(&(here - not_tracked()));
    push(&own_line().map(|line| here - line));
    push(&own_path());
    push(&unsafe { not_safe(&1) });
    push(&unsafe { not_safe_inside(&1) });
    push(&block_on(unsafe { not_safe_later(&1) }));
    push(&foreign(1));
    push(&foreign_unwind(1));
    push(&unsafe { foreign_unsafe(1) });
    push(&foreign_default("x"));
    #[cfg(target_arch = "x86_64")]
    push(&unsafe { with_feature(1) });
    push(&expected_unused_mut(1));
    push(&block_on(expected_unused_mut_later("x".into())));
    push(&expected_unreachable(1));
    push(&block_on(expected_unreachable_later(1)));
    push(&expected_unused_result());
    push(&expected_unused_assignment(1));
    push(&ExpectedCase(1));
    push(&expected_unused_local());
    push(&expectation_inside());
    push(&expected_parentheses(1));
    push(&forbidding(1));
    push(&one_line(1));
    push(&one_line_fallible(1));
    push(&block_on(one_line_later(1)));
    push(&block_on(one_line_later_fallible(1)));
    push(&block_on(one_line_future(1)));
    push(&block_on(one_line_boxed(1)));
    let pointers: [fn(u8) -> u8; 2] = [one_line, must_use];
    push(&pointers.map(|f| f(1)));
    let foreign_pointer: extern "C" fn(u8) -> u8 = foreign;
    push(&foreign_pointer(1));
    let unsafe_pointer: unsafe fn(*const u8) -> Result<u8, ()> = not_safe;
    push(&unsafe { unsafe_pointer(&1) });
    push(&block_on(expected_unused_async()));
    push(&expected_by_the_linter("a".to_owned()));
    push(&block_on(expected_manual_async_fn(1)));
    push(&expected_argument(1, "b".to_owned()));
    push(&expected_of_one(1, 2));
    push(&allowed_of_one(1, 2));
    all
}
