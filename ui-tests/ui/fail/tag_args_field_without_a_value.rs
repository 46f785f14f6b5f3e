#[fedtrace::tag_args(fields(db.query.text = ))]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
