#[fedtrace::tag_args(fields(double))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
