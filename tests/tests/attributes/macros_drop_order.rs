//! Arguments are dropped in the order in which the function without attributes drops them.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use fedtrace::{tag_args, trace};
use futures::executor::block_on;

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn noisy(&self, name: &'static str) -> Noisy {
        Noisy(self.clone(), name)
    }
}

struct Noisy(Log, &'static str);

impl Noisy {
    fn touch(&self) -> usize {
        self.1.len()
    }

    fn consume(self) {}
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.0.0.borrow_mut().push(self.1);
    }
}

struct Receiver {
    first: Noisy,
    second: Noisy,
}

/// The same functions under any attributes.
macro_rules! functions {
    ($(#[$attribute:meta])*) => {
        impl Receiver {
            $(#[$attribute])*
            async fn by_value(self, a: Noisy, b: Noisy) -> usize {
                b.touch() + self.second.touch()
            }

            $(#[$attribute])*
            fn fallible_by_value(self, a: Noisy, b: Noisy) -> Result<usize, fmt::Error> {
                Ok(b.touch() + self.second.touch())
            }
        }

        $(#[$attribute])*
        async fn all_used(a: Noisy, b: Noisy, c: Noisy) -> usize {
            let d = a.0.noisy("d");
            a.touch() + b.touch() + c.touch() + d.touch()
        }

        $(#[$attribute])*
        async fn some_used(a: Noisy, _b: Noisy, c: Noisy, _d: Noisy) -> usize {
            c.touch()
        }

        $(#[$attribute])*
        async fn some_mutable(a: Noisy, mut b: Noisy, c: Noisy) -> usize {
            b.1 = "changed";
            c.touch() + a.touch()
        }

        $(#[$attribute])*
        async fn some_moved(a: Noisy, b: Noisy, c: Noisy) -> usize {
            b.consume();
            c.touch()
        }

        $(#[$attribute])*
        async fn patterns((a, b): (Noisy, Noisy), Receiver { first, second }: Receiver) -> usize {
            a.touch() + b.touch() + first.touch() + second.touch()
        }

        $(#[$attribute])*
        async fn in_format_string(a: Noisy, shown: Rc<Noisy>, c: Noisy) -> usize {
            let shown_length = format!("{}", shown.1).len();
            c.touch() + shown_length + a.touch()
        }

        $(#[$attribute])*
        fn fallible(a: Noisy, mut b: Noisy, (c, d): (Noisy, Noisy), _e: Noisy) -> Result<usize, fmt::Error> {
            b.1 = "changed";
            if c.touch() > 9 {
                d.consume();
                return Err(fmt::Error);
            }
            Ok(a.touch())
        }

        $(#[$attribute])*
        fn plain(a: Noisy, mut b: Noisy, (c, d): (Noisy, Noisy), _e: Noisy) -> usize {
            b.1 = "changed";
            let f = a.0.noisy("f");
            if f.touch() > 9 {
                d.consume();
                return 7;
            }
            c.touch()
        }

        pub(super) fn run() -> Vec<(&'static str, Vec<&'static str>)> {
            let log = Log::default();
            let n = |name| log.noisy(name);
            let receiver = || Receiver { first: n("first"), second: n("second") };
            let mut orders = Vec::new();
            let mut done = |name, _: usize| orders.push((name, log.0.take()));
            done("by_value", block_on(receiver().by_value(n("a"), n("b"))));
            done("fallible_by_value", receiver().fallible_by_value(n("a"), n("b")).unwrap_or(0));
            done("all_used", block_on(all_used(n("a"), n("b"), n("c"))));
            done("some_used", block_on(some_used(n("a"), n("b"), n("c"), n("d"))));
            done("some_mutable", block_on(some_mutable(n("a"), n("b"), n("c"))));
            done("some_moved", block_on(some_moved(n("a"), n("b"), n("c"))));
            done("patterns", block_on(patterns((n("a"), n("b")), receiver())));
            done("in_format_string", block_on(in_format_string(n("a"), Rc::new(n("b")), n("c"))));
            done("fallible", fallible(n("a"), n("b"), (n("c"), n("d")), n("e")).unwrap_or(0));
            done("plain", plain(n("a"), n("b"), (n("c"), n("d")), n("e")));
            drop(all_used(n("a"), n("b"), n("c")));
            done("never polled", 0);
            orders
        }
    };
}

mod without {
    #![allow(unused_variables)]
    use super::*;
    functions!();
}

macro_rules! twin {
    ($name:ident, $(#[$attribute:meta])*) => {
        #[test]
        fn $name() {
            mod with {
                #![allow(unused_variables)]
                use super::*;
                type Receiver = Copied;
                struct Copied { first: Noisy, second: Noisy }
                functions!($(#[$attribute])*);
            }
            assert_eq!(with::run(), without::run());
        }
    };
}

twin!(trace_keeps_the_order, #[trace]);
twin!(tag_args_keeps_the_order, #[tag_args]);
twin!(both_keep_the_order, #[trace] #[tag_args]);
