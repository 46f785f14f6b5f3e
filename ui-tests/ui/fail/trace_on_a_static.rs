#[fedtrace::trace]
static LIMIT: u32 = 7;

fn main() {
    let _ = LIMIT;
}
