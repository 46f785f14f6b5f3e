#[fedtrace::tag_args(skip("events"))]
fn send(events: u32) {
    let _ = events;
}

fn main() {
    send(1);
}
