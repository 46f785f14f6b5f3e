#[fedtrace::tag_args(skip)]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
