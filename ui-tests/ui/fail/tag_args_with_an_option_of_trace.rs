#[fedtrace::tag_args(skip_all, err = false)]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
