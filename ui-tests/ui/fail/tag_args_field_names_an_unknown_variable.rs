#[fedtrace::tag_args(fields(b = unknown))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
