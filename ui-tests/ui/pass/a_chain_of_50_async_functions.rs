//! A chain of 50 traced functions needs no higher `recursion_limit`, also where the future must be `Send`.

use std::future::Future;

use fedtrace::{tag_args, trace};

struct Error;

fn send<F: Future + Send + 'static>(future: F) -> usize {
    size_of_val(&future)
}

macro_rules! chain {
    ($last:ident) => {
        #[trace]
        #[tag_args]
        async fn $last(text: String, number: u64) -> Result<u64, Error> {
            std::future::ready(()).await;
            u64::try_from(text.len()).map(|length| length + number).map_err(|_| Error)
        }
    };
    ($first:ident $second:ident $($rest:ident)*) => {
        #[trace]
        #[tag_args]
        async fn $first(text: String, number: u64) -> Result<u64, Error> {
            $second(text, number + 1).await
        }
        chain!($second $($rest)*);
    };
}

chain! {
    f01 f02 f03 f04 f05 f06 f07 f08 f09 f10
    f11 f12 f13 f14 f15 f16 f17 f18 f19 f20
    f21 f22 f23 f24 f25 f26 f27 f28 f29 f30
    f31 f32 f33 f34 f35 f36 f37 f38 f39 f40
    f41 f42 f43 f44 f45 f46 f47 f48 f49 f50
}

fn main() {
    let future = f01("text".to_owned(), 1);
    assert!(send(future) > 0);
}
