#[fedtrace::tag_args(fields(a.b = a, "a.b" = a))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
