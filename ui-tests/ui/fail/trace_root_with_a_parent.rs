#[fedtrace::trace(root, parent = &span)]
fn send(span: &fedtrace::Span) {
    let _ = span;
}

fn main() {
    let _ = send;
}
