#[fedtrace::tag_args(only())]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
