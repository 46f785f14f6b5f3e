#[fedtrace::trace(err)]
fn send() -> u32 {
    1
}

fn main() {
    send();
}
