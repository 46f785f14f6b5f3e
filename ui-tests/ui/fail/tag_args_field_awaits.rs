#[fedtrace::tag_args(fields(b = f(a).await))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
