#[fedtrace::trace(ret(Debug))]
fn send() -> Secret {
    Secret
}

struct Secret;

fn main() {
    send();
}
