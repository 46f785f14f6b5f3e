#[fedtrace::tag_args(skip(self))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
