#[fedtrace::tag_args(name = "send")]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
