#[fedtrace::trace(ret)]
fn send() -> impl futures::Stream<Item = u32> {
    futures::stream::iter([1])
}

fn main() {
    drop(send());
}
