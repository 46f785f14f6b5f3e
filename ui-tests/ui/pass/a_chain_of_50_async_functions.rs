//! A chain of 50 traced functions needs no higher `recursion_limit` where one of 50 plain functions needs none. rustc
//! computes the layouts of futures in the order of the functions: the other way round it gives up at about 30 plain
//! functions. Where the future must be `Send`, it gets through 41 plain functions and 20 traced ones.

use std::future::Future;

use fedtrace::{tag_args, trace};

struct Error;

fn send<F: Future + Send + 'static>(future: F) -> usize {
    size_of_val(&future)
}

macro_rules! chain {
    ($callee:ident) => {};
    ($callee:ident $caller:ident $($rest:ident)*) => {
        #[trace]
        #[tag_args]
        async fn $caller(text: String, number: u64) -> Result<u64, Error> {
            $callee(text, number + 1).await
        }
        chain!($caller $($rest)*);
    };
}

#[trace]
#[tag_args]
async fn f50(text: String, number: u64) -> Result<u64, Error> {
    std::future::ready(()).await;
    u64::try_from(text.len()).map(|length| length + number).map_err(|_| Error)
}

chain! {
    f50 f49 f48 f47 f46 f45 f44 f43 f42 f41
    f40 f39 f38 f37 f36 f35 f34 f33 f32 f31
    f30 f29 f28 f27 f26 f25 f24 f23 f22 f21
    f20 f19 f18 f17 f16 f15 f14 f13 f12 f11
    f10 f09 f08 f07 f06 f05 f04 f03 f02 f01
}

fn main() {
    let done = futures::executor::block_on(f01("text".to_owned(), 1));
    assert_eq!(done.ok(), Some(54));
    assert!(send(f33("text".to_owned(), 1)) > 0);
}
