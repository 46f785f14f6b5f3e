#[fedtrace::tag_args(fields(%"any name"))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
