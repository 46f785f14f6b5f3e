#[fedtrace::trace(ret)]
fn send() -> impl Sized {
    1
}

fn main() {
    let _ = send();
}
