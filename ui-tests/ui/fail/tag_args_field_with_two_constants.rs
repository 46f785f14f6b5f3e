#[fedtrace::tag_args(fields({ A, B } = a))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
