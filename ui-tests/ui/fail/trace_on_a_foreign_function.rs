use fedtrace::trace;

unsafe extern "C" {
    #[trace]
    fn abs(x: i32) -> i32;
}

fn main() {
    assert_eq!(unsafe { abs(-1) }, 1);
}
