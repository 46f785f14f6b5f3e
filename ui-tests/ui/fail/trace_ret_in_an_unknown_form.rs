#[fedtrace::trace(ret(level = "info"))]
fn send() -> u32 {
    1
}

fn main() {
    send();
}
