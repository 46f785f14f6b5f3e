#[fedtrace::trace]
const LIMIT: u32 = 7;

fn main() {
    let _ = LIMIT;
}
