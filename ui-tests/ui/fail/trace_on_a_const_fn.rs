#[fedtrace::trace]
pub const fn limit() -> u32 {
    7
}

const LIMIT: u32 = limit();

fn main() {
    let _ = LIMIT;
}
