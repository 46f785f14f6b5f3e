#[fedtrace::tag_args(names = "plain")]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
