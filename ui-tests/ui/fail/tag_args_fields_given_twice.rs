#[fedtrace::tag_args(fields(b = a), fields(c = a))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
