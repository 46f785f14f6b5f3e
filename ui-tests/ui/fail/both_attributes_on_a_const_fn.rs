#[fedtrace::trace]
#[fedtrace::tag_args]
const fn limit(limit: u32) -> u32 {
    limit
}

const LIMIT: u32 = limit(7);

fn main() {
    let _ = LIMIT;
}
