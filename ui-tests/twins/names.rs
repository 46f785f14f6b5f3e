// editions: 2018 2021 2024
// Names of the user that could be mistaken for others: modules, types, variants, constants, macros, parameters of types.


use futures::executor::block_on;

macro_rules! format {
    ($($tokens:tt)*) => {
        std::format!($($tokens)*)
    };
}

mod shadowed {
    #![allow(dead_code, non_upper_case_globals, non_camel_case_types, unused_macros)]

    pub mod std {}
    pub mod core {}
    pub mod alloc {}
    pub mod fedtrace {}
    pub mod futures {}

    macro_rules! module_path {
        () => {
            compile_error!("not this one")
        };
    }
    macro_rules! concat {
        () => {
            compile_error!("not this one")
        };
    }
    macro_rules! stringify {
        () => {
            compile_error!("not this one")
        };
    }
    macro_rules! matches {
        () => {
            compile_error!("not this one")
        };
    }

    pub enum Option {
        Some,
        None,
    }
    #[derive(PartialEq)]
    pub enum Result<T> {
        Ok(T),
        Err,
    }
    pub struct Box(pub u8);
    pub struct String;
    pub struct Vec;
    pub struct Pin;
    pub struct Site;
    pub struct Recording;
    pub struct Argument;
    pub struct Outcome;
    pub struct EarlyTags;
    pub struct Traced;
    pub trait Future {}
    pub trait Send {}
    pub trait Sync {}
    pub trait Fn {}
    pub trait FnOnce {}
    pub trait Into {}
    pub trait From {}
    pub trait Iterator {}
    pub trait Default {}
    pub trait Drop {}
    pub trait Copy {}
    pub trait Clone {}
    pub fn drop() {}
    pub fn enter() {}
    pub fn traced() {}
    pub fn recording() {}
    pub fn redacted() {}
    pub fn never() {}
    pub use self::Option::{None, Some};
    pub use self::Result::{Err, Ok};

    pub type bool = u8;
    pub type str = [u8];
    pub type usize = u8;
    pub type u64 = u8;

    pub const scope: u8 = 1;
    pub const site: u8 = 2;
    pub const limit: u8 = 3;
    pub static output: u8 = 4;
    pub static future: u8 = 5;
    pub static call: u8 = 6;
    pub struct tags;

    #[attributes]
    pub fn sync(x: u8, flag: bool, text: &str) -> Result<u8> {
        if flag == 9 {
            return Err;
        }
        Ok(x + scope + site + limit + output + call + text.len() as u8)
    }

    #[attributes]
    pub async fn later(mut x: u8, y: Box, _z: String) -> Result<u8> {
        x += 1;
        if x == 9 {
            return Err;
        }
        Ok(x + future + y.0)
    }

    #[attributes]
    pub fn returned(x: u8, y: Box) -> impl ::std::future::Future<Output = Result<u8>> {
        let _ = tags;
        async move { Ok(x + y.0) }
    }

    #[attributes]
    pub fn plain(some: Option) -> Option {
        match some {
            Some => None,
            None => Some,
        }
    }
}

mod globbed {
    #![allow(unused_imports, dead_code)]
    use super::shadowed::*;

    #[attributes]
    pub fn sync(x: u8, _y: Box) -> Result<u8> {
        Ok(x)
    }

    #[attributes]
    pub async fn later(mut x: u8, _y: Box) -> Result<u8> {
        x += 1;
        Ok(x)
    }
}

#[attributes]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
fn parameters_of_types<F, H, T, R: Clone, A, E, S, Output, Site, u32, const N: usize, const LIMIT: usize>(
    f: F,
    h: H,
    t: T,
    r: R,
    a: A,
    s: S,
    o: Output,
    site: Site,
    u: u32,
) -> Result<(F, H, T, R, A, S, Output, Site, u32, usize), E> {
    Ok((f, h, t, r.clone(), a, s, o, site, u, N + LIMIT))
}

#[attributes]
#[allow(non_camel_case_types)]
async fn parameters_of_types_later<F, H, T, R: Clone, A, E, S, Output, fedtrace>(
    f: F,
    h: H,
    mut t: T,
    r: R,
    a: A,
    s: S,
    o: Output,
    k: fedtrace,
) -> Result<(F, H, T, R, A, S, Output, fedtrace), E> {
    let other = std::mem::replace(&mut t, unsafe_default());
    let _ = std::mem::replace(&mut t, other);
    Ok((f, h, t, r.clone(), a, s, o, k))
}

fn unsafe_default<T>() -> T {
    std::any::Any::type_id(&());
    panic!("not called")
}

struct Generic<T, E>(T, std::marker::PhantomData<E>);

impl<T, E: std::fmt::Debug + Default> Generic<T, E> {
    #[attributes]
    fn of_self(&self, fail: bool) -> Result<&T, E> {
        if fail {
            return Err(E::default());
        }
        Ok(&self.0)
    }
}

#[attributes]
fn lifetimes<'a, 'fedtrace, 'scope: 'a>(a: &'a str, b: &'fedtrace str, c: &'scope str) -> Result<&'a str, &'fedtrace str> {
    if a.is_empty() { Err(b) } else { Ok(c) }
}

#[attributes]
fn labels(x: u8) -> Result<u8, ()> {
    'fedtrace: loop {
        'body: {
            if x > 1 {
                break 'fedtrace;
            }
            break 'body;
        }
        break;
    }
    Ok(x)
}

#[attributes]
fn locals_as_ours(x: u8) -> Result<u8, ()> {
    let _fedtrace_scope = 1;
    let fedtrace_scope = 2;
    let fedtrace_output = 3;
    let fedtrace_recording = 4;
    let fedtrace_limit = 5;
    let fedtrace_tags = 6;
    Ok(x + _fedtrace_scope + fedtrace_scope + fedtrace_output + fedtrace_recording + fedtrace_limit + fedtrace_tags)
}

#[attributes]
fn functions_as_ours(x: u8) -> Result<u8, ()> {
    fn enter(x: u8) -> u8 {
        x
    }
    fn traced(x: u8) -> u8 {
        enter(x)
    }
    mod fedtrace {
        pub(super) fn recording() -> u8 {
            1
        }
    }
    struct Site;
    let _ = Site;
    Ok(traced(x) + fedtrace::recording())
}

#[attributes]
async fn items_in_the_way(x: u8) -> Result<u8, ()> {
    #[allow(non_upper_case_globals)]
    const result: u8 = 1;
    #[allow(dead_code)]
    struct Future;
    #[allow(dead_code, clippy::upper_case_acronyms)]
    type Result = u8;
    #[allow(dead_code)]
    enum Local {
        Ok,
        Err,
        Some,
    }
    #[allow(unused_imports)]
    use Local::{Err, Some};
    std::result::Result::Ok(x + result)
}

#[attributes]
fn never_type_named(x: u8) -> Result<u8, ()> {
    macro_rules! fedtrace {
        () => {
            x
        };
    }
    Ok(fedtrace!())
}

fn lower_case_constants() -> [String; 2] {
    use constants::{later, sync};
    [format!("{:?}", sync(1, 2)), format!("{:?}", block_on(later(1, "x".into())))]
}

mod constants {
    #![allow(non_upper_case_globals, dead_code)]

    const fedtrace: u8 = 1;
    const x: u8 = 2;
    const result: u8 = 3;
    const value: u8 = 4;
    static recording: u8 = 5;
    const error: u8 = 6;
    const this: u8 = 7;

    #[attributes]
    pub fn sync(a: u8, b: u8) -> Result<u8, std::fmt::Error> {
        Ok(a + b + fedtrace + x + result + value + recording + error + this)
    }

    #[attributes]
    pub async fn later(mut a: u8, b: String) -> Result<u8, std::fmt::Error> {
        a += 1;
        Ok(a + b.len() as u8 + fedtrace + x + result + value + recording + error + this)
    }
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn std::fmt::Debug| all.push(format!("{text:?}"));
    push(&matches!(shadowed::sync(1, 2, &[3]), shadowed::Result::Ok(18)));
    push(&matches!(shadowed::sync(1, 9, &[3]), shadowed::Result::Err));
    push(&matches!(block_on(shadowed::later(1, shadowed::Box(2), shadowed::String)), shadowed::Result::Ok(9)));
    push(&matches!(block_on(shadowed::returned(1, shadowed::Box(2))), shadowed::Result::Ok(3)));
    push(&matches!(shadowed::plain(shadowed::Some), shadowed::Option::None));
    push(&matches!(globbed::sync(1, shadowed::Box(2)), shadowed::Result::Ok(1)));
    push(&matches!(block_on(globbed::later(1, shadowed::Box(2))), shadowed::Result::Ok(2)));
    push(&parameters_of_types::<_, _, _, _, _, (), _, _, _, _, 1, 2>(1, 2, 3, 4, 5, 6, 7, 8, 9));
    push(&std::panic::catch_unwind(|| {
        block_on(parameters_of_types_later::<_, _, _, _, _, (), _, _, _>(1, 2, 3, 4, 5, 6, 7, 8))
    }).is_err());
    push(&Generic::<_, u8>(1, std::marker::PhantomData).of_self(false));
    push(&Generic::<_, u8>(1, std::marker::PhantomData).of_self(true));
    push(&lifetimes("a", "b", "c"));
    push(&labels(1));
    push(&locals_as_ours(1));
    push(&functions_as_ours(1));
    push(&block_on(items_in_the_way(1)));
    push(&never_type_named(1));
    push(&lower_case_constants());
    all
}
