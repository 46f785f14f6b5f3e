#[fedtrace::tag_args(fields(a: a))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
