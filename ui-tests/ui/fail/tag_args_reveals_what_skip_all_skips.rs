#[fedtrace::tag_args(skip_all, reveal(token))]
fn send(token: u32) {
    let _ = token;
}

fn main() {
    send(1);
}
