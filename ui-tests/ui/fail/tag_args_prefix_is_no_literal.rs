#[fedtrace::tag_args(prefix = PREFIX)]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
