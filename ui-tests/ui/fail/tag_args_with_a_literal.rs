#[fedtrace::tag_args("a name")]
fn send(events: u32) {
    let _ = events;
}

fn main() {
    send(1);
}
