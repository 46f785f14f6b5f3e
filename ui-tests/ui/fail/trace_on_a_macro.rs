#[fedtrace::trace]
macro_rules! nothing {
    () => {};
}

fn main() {
    nothing!();
}
