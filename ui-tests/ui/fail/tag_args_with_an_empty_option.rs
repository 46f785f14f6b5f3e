#[fedtrace::tag_args(reveal())]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
