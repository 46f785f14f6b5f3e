//! The option `ret`: the returned value as the tag `return`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use fedtrace::{TagValue, trace};
use fedtrace_tests::record;
use futures::executor::block_on;

#[derive(Debug)]
struct Room;

#[test]
fn a_value_is_tagged_in_its_own_type_or_as_the_option_says() {
    #[trace(ret)]
    fn number(mut by: u32) -> u32 {
        by *= 2;
        if by > 100 {
            return 100;
        }
        by
    }
    #[trace(ret)]
    fn text<'a>(_all: &'a str, part: &'a str) -> &'a str {
        part
    }
    #[trace(ret)]
    fn debug() -> Room {
        Room
    }
    #[trace(ret(Debug))]
    fn as_debug() -> &'static str {
        "a"
    }
    #[trace(ret(Display))]
    async fn as_display() -> u8 {
        7
    }
    #[trace(ret)]
    fn inferred() -> impl fmt::Display {
        1_u8
    }
    #[trace(ret)]
    async fn opaque() -> impl fmt::Display {
        "opaque"
    }
    let spans = record(|| {
        number(3);
        text("abc", "b");
        debug();
        drop(inferred());
        as_debug();
        block_on(as_display());
        drop(block_on(opaque()));
    });
    for (name, value) in [
        ("number", TagValue::Long(6)),
        ("text", "b".into()),
        ("debug", "Room".into()),
        ("inferred", TagValue::Long(1)),
        ("as_debug", "\"a\"".into()),
        ("as_display", "7".into()),
        ("opaque", "opaque".into()),
    ] {
        assert_eq!(spans.tag(name, "return"), Some(&value), "{name}");
    }
}

#[test]
fn a_result_returns_its_ok_and_an_option_its_content() {
    #[trace(ret)]
    fn fallible(fine: bool) -> Result<Room, fmt::Error> {
        if fine { Ok(Room) } else { Err(fmt::Error) }
    }
    #[trace(ret, err = false)]
    async fn lenient(fine: bool) -> Result<Option<u32>, fmt::Error> {
        if fine { Ok(Some(1)) } else { Err(fmt::Error) }
    }
    #[trace(ret)]
    fn boxed(fine: bool) -> Pin<Box<dyn Future<Output = Option<u32>>>> {
        Box::pin(async move { fine.then_some(1) })
    }
    #[trace(ret, err = false)]
    fn early(fine: bool) -> Result<u32, fmt::Error> {
        if !fine {
            return Err(fmt::Error);
        }
        Ok(1)
    }
    let run = |fine| {
        record(|| {
            let _ = (
                fallible(fine),
                block_on(lenient(fine)),
                block_on(boxed(fine)),
                early(fine),
            );
        })
    };
    let (fine, wrong) = (run(true), run(false));
    assert_eq!(fine.tag("fallible", "return"), Some(&TagValue::from("Room")));
    for name in ["lenient", "boxed", "early"] {
        assert_eq!(fine.tag(name, "return"), Some(&TagValue::Long(1)), "{name}");
    }
    for name in ["fallible", "lenient", "boxed", "early"] {
        assert_eq!(wrong.tag(name, "return"), None, "{name}");
    }
    assert!(wrong.error("fallible").is_some());
    assert!(wrong.error("lenient").is_none() && wrong.error("early").is_none());
}

#[test]
fn a_traced_block_tags_the_values_that_its_methods_have() {
    struct Counter(u32);
    #[trace(ret)]
    impl Counter {
        fn get(&self) -> u32 {
            self.0
        }
        fn add(&mut self) {
            self.0 += 1;
        }
        fn shown(&self) -> impl fmt::Display + use<> {
            self.0
        }
    }
    let spans = record(|| {
        let mut counter = Counter(1);
        counter.add();
        counter.get();
        drop(counter.shown());
    });
    assert_eq!(spans.tag("get", "return"), Some(&TagValue::Long(2)));
    assert_eq!(spans.tag("add", "return"), None);
    assert_eq!(spans.tag("shown", "return"), None);
}

#[test]
fn a_value_is_not_formatted_where_nothing_is_recorded() {
    struct Loud;
    impl fmt::Display for Loud {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("formatted")
        }
    }
    #[trace(ret)]
    fn loud() -> Loud {
        Loud
    }
    loud();
}
