use fedtrace::tag_args;

#[tag_args]
#[tag_args]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
