#[fedtrace::trace(ret = true)]
fn send() -> u32 {
    1
}

fn main() {
    send();
}
