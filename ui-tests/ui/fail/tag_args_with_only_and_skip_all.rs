#[fedtrace::tag_args(skip_all, only(a))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
