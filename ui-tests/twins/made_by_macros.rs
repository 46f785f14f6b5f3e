// editions: 2018 2021 2024
// Functions that `macro_rules!` makes, with fragments of every kind.

use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;

use futures::executor::block_on;

trait Show<'a> {
    fn show(&self) -> String;
}

impl<'a> Show<'a> for &'a str {
    #[attributes]
    fn show(&self) -> String {
        self.to_string()
    }
}

macro_rules! pieces {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$lifetime:lifetime, $generic:ident>($argument:ident: $ty:ty) -> $output:ty where $bound:path, $block:block) => {
        #[attributes]
        $(#[$meta])*
        $vis fn $name<$lifetime, $generic: $bound>($argument: &$lifetime $ty, other: $generic) -> $output {
            let _ = other.clone();
            $block
        }
    };
}

pieces!(
    /// Documented.
    #[must_use]
    pub(crate) fn of_pieces<'a, T>(argument: [u8; 2]) -> &'a [u8] where Clone, { let all = &argument[..]; all }
);

macro_rules! patterns {
    ($name:ident, $pattern:pat, $ty:ty, $e:expr, $literal:literal, $statement:stmt, $bound:ident, $tree:tt) => {
        #[attributes]
        fn $name($pattern: $ty) -> Result<String, fmt::Error> {
            $statement
            let made = $e;
            Ok(format!("{made:?}{}{:?}{:?}", $literal, $tree, $bound))
        }
    };
}

patterns!(of_patterns, (a, mut b), (u8, u8), { b += a; b }, "literal", let statement = 1, statement, (1, 2));

macro_rules! statements {
    ($name:ident, $first:stmt, $block:block) => {
        #[attributes]
        async fn $name(mut argument: String) -> usize {
            argument.push('s');
            let _ = argument;
            $first
            $block
        }
    };
}

statements!(of_statements, let _first = 1, { 2 });

macro_rules! pattern_params {
    ($name:ident, $pattern:pat_param, $a:ident, $e:expr) => {
        #[attributes]
        async fn $name($pattern: (String, String), $a: String) -> String {
            format!("{}{}", $a, $e)
        }
    };
}

pattern_params!(of_pattern_params, (first, mut second), argument, { second.push('s'); first + &second });

macro_rules! whole {
    ($item:item) => {
        #[attributes]
        $item
    };
}

whole!(
    fn whole(x: u8) -> Result<u8, ()> {
        Ok(x)
    }
);
whole!(
    async fn whole_later(mut x: String) -> Result<String, ()> {
        x.push('w');
        Ok(x)
    }
);
whole!(
    fn whole_future(x: u8) -> impl Future<Output = u8> {
        async move { x }
    }
);

macro_rules! nested {
    ($item:item) => {
        whole!($item);
    };
}

nested!(
    pub fn twice_nested(x: u8) -> Result<u8, ()> {
        Ok(x)
    }
);

macro_rules! block {
    ($name:ident, $output:ty, $block:block) => {
        #[attributes]
        fn $name(_x: u8) -> $output $block
    };
    (async $name:ident, $output:ty, $block:block) => {
        #[attributes]
        async fn $name(_x: u8) -> $output $block
    };
}

block!(of_block, Result<u8, ()>, { Err(()) });
block!(async of_block_later, Result<u8, ()>, { Err(()) });
block!(of_future_block, Pin<Box<dyn Future<Output = u8>>>, { Box::pin(async move { 1 }) });

macro_rules! future {
    ($name:ident, $future:expr) => {
        #[attributes]
        fn $name(x: u8) -> impl Future<Output = Result<u8, ()>> {
            let _ = x;
            $future
        }
    };
}

future!(of_future, async { Ok(1) });
future!(of_other_future, std::future::ready(Ok(1)));

macro_rules! tail {
    ($name:ident, $tail:expr, $output:ty) => {
        #[attributes]
        fn $name() -> $output {
            $tail
        }
    };
}

tail!(of_sum, 1 + 2, u8);
tail!(of_block_tail, { let one = 1; Ok(one) }, Result<u8, ()>);
tail!(of_match, match 1 { 1 => Ok(1), _ => Err(()) }, Result<u8, ()>);

macro_rules! types {
    ($($name:ident: $ty:ty),*) => {
        $(
            #[attributes]
            fn $name(x: $ty) -> Result<$ty, Option<$ty>> {
                Ok(x)
            }
        )*
    };
}

types!(of_tuple: (u8, u8), of_reference: &'static str, of_path: Vec<u8>, of_pointer: fn(u8) -> u8, of_array: [u8; 2]);

macro_rules! dynamic {
    ($name:ident, $ty:ty) => {
        #[attributes]
        fn $name(x: &$ty, y: &'static $ty, (_z, _): (&mut $ty, u8)) -> Result<String, ()> {
            Ok(x.show() + &y.show())
        }
    };
}

dynamic!(of_dyn, dyn Show<'static> + Send);

macro_rules! receivers {
    ($name:ident, $this:ident, $field:ident) => {
        struct $name {
            $field: u8,
        }

        impl $name {
            #[attributes]
            fn by_ref(&$this, $field: u8) -> Result<u8, ()> {
                Ok($this.$field + $field)
            }

            #[attributes]
            async fn by_value(mut $this, mut $field: u8) -> u8 {
                $field += 1;
                $this.$field += $field;
                $this.$field
            }
        }
    };
}

receivers!(Receiver, self, field);

macro_rules! hidden_names {
    ($name:ident, $argument:ident) => {
        #[attributes]
        fn $name($argument: u8, hidden: u8, mut counted: u8) -> Result<u8, ()> {
            let scope = hidden;
            let fedtrace_output = $argument;
            counted += 1;
            Ok(scope + fedtrace_output + counted)
        }
    };
}

hidden_names!(of_hidden_names, hidden);

macro_rules! same_names_of_other_contexts {
    ($name:ident, $later:ident, $x:ident, $e:expr) => {
        #[attributes]
        fn $name($x: u8, x: u8) -> Result<(u8, u8, u8), ()> {
            Ok(($x, x, $e))
        }

        #[attributes]
        async fn $later(mut $x: String, mut x: String) -> (String, String, usize) {
            $x.push('1');
            x.push_str("22");
            let length = $e.to_string().len();
            ($x, x, length)
        }
    };
}

same_names_of_other_contexts!(of_same_names, of_same_names_later, x, x);

macro_rules! variadic {
    ($name:ident($($argument:ident: $ty:ty = $value:expr),* $(,)?) $(-> $output:ty)? { $($body:tt)* }) => {
        #[attributes]
        fn $name($($argument: $ty),*) $(-> $output)? {
            $($body)*
        }
    };
}

variadic!(of_repetition(a: u8 = 1, b: &str = "b",) -> Result<usize, ()> { Ok(usize::from(a) + b.len()) });
variadic!(of_nothing() {});

macro_rules! names {
    ($($name:ident => $operation:literal),*) => {
        $(
            #[attributes]
            fn $name() -> &'static str {
                $operation
            }
        )*
    };
}

names!(of_names => "names", r#true_ => "true");

macro_rules! constant {
    ($name:ident, $n:expr, $length:literal) => {
        #[attributes]
        fn $name(x: [u8; $n], y: &[u8; $length + $n]) -> Result<[u8; $n], ()> {
            let _ = y;
            Ok(x)
        }
    };
}

constant!(of_constant, 1 + 1, 1);

macro_rules! question {
    ($e:expr) => {
        match $e {
            Ok(value) => value,
            Err(error) => return Err(From::from(error)),
        }
    };
}

#[attributes]
fn macro_in_body(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    let value: u8 = question!(text.parse::<u8>());
    Ok(value)
}

#[attributes]
async fn macro_in_body_later(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    let value: u8 = question!(text.parse::<u8>());
    Ok(value)
}

macro_rules! type_macro {
    ($ty:ty) => { Vec<$ty> };
}

#[attributes]
fn macro_as_type(x: type_macro!(u8)) -> Result<type_macro![u8], type_macro! { u8 }> {
    Ok(x)
}

macro_rules! pattern_macro {
    ($a:ident, $b:ident) => { ($a, $b) };
}

#[attributes]
fn macro_as_pattern(pattern_macro!(a, b): (u8, u8)) -> Result<u8, ()> {
    Ok(a + b)
}

#[attributes]
async fn macro_as_pattern_later(pattern_macro!(a, b): (String, String)) -> String {
    a + &b
}

macro_rules! implementation {
    ($ty:ty { $($method:item)* }) => {
        impl $ty {
            $(
                #[attributes]
                $method
            )*
        }
    };
}

struct Made(u8);

implementation!(Made {
    fn first(&self) -> Result<u8, ()> { Ok(self.0) }
    async fn second(&mut self, x: u8) -> u8 { self.0 += x; self.0 }
    fn third(x: u8) -> Self { Self(x) }
});

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    let s = String::from;
    push(&of_pieces(&[1, 2], 'x'));
    push(&of_patterns((1, 2)));
    push(&block_on(of_pattern_params((s("a"), s("b")), s("c"))));
    push(&block_on(of_statements(s("a"))));
    push(&whole(1));
    push(&block_on(whole_later(s("x"))));
    push(&block_on(whole_future(1)));
    push(&twice_nested(1));
    push(&of_block(1));
    push(&block_on(of_block_later(1)));
    push(&block_on(of_future_block(1)));
    push(&block_on(of_future(1)));
    push(&block_on(of_other_future(1)));
    push(&of_sum());
    push(&of_block_tail());
    push(&of_match());
    push(&of_tuple((1, 2)));
    push(&of_reference("x"));
    push(&of_path(vec![1]));
    push(&of_pointer(|x| x).map(|f| f(1)).ok());
    push(&of_array([1, 2]));
    push(&of_dyn(&"dyn", &"static", (&mut "mut", 1)));
    push(&Receiver { field: 1 }.by_ref(2));
    push(&block_on(Receiver { field: 1 }.by_value(2)));
    push(&of_hidden_names(1, 2, 3));
    push(&of_same_names(1, 2));
    push(&block_on(of_same_names_later(s("a"), s("b"))));
    push(&of_repetition(1, "b"));
    push(&of_nothing());
    push(&of_names());
    push(&r#true_());
    push(&of_constant([1, 2], &[1, 2, 3]));
    push(&macro_in_body("1").ok());
    push(&block_on(macro_in_body_later("x")).map_err(|error| error.to_string()));
    push(&macro_as_type(vec![1]));
    push(&macro_as_pattern((1, 2)));
    push(&block_on(macro_as_pattern_later((s("a"), s("b")))));
    push(&Made(1).first());
    push(&block_on(Made::third(1).second(2)));
    all
}
