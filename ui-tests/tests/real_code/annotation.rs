//! A source in which every function has attributes.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{ImplItemFn, ItemFn, Signature, TraitItemFn};

const ATTRIBUTES: &str = "#[::fedtrace::trace] #[::fedtrace::tag_args] ";

/// The source with the attributes, and how many functions have them. The attributes are put before the function on
/// its line, so every line keeps its number.
///
/// Functions that are `const` or have C-variadic parameters are left out, since the attributes refuse these. So are
/// functions in calls and definitions of macros, which `syn` does not read.
pub(crate) fn annotated(source: &str) -> syn::Result<(String, usize)> {
    let file = syn::parse_str(source)?;
    let mut functions = Functions::default();
    functions.visit_file(&file);
    let Functions(mut places) = functions;
    places.sort_unstable();
    let mut annotated = String::with_capacity(source.len() + places.len() * ATTRIBUTES.len());
    let mut copied = 0;
    for &place in &places {
        annotated += &source[copied..place];
        annotated += ATTRIBUTES;
        copied = place;
    }
    annotated += &source[copied..];
    Ok((annotated, places.len()))
}

/// Where functions begin, behind their attributes.
#[derive(Default)]
struct Functions(Vec<usize>);

impl Functions {
    /// `before` is what stands between the attributes and the signature.
    fn add(&mut self, mut before: TokenStream, signature: &Signature) {
        if signature.constness.is_some() || signature.variadic.is_some() {
            return;
        }
        signature.to_tokens(&mut before);
        let first = before.into_iter().next().expect("a signature has tokens");
        self.0.push(first.span().byte_range().start);
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(function.vis.to_token_stream(), &function.sig);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        let mut before = method.vis.to_token_stream();
        method.modifiers.defaultness.to_tokens(&mut before);
        self.add(before, &method.sig);
        visit::visit_impl_item_fn(self, method);
    }

    fn visit_trait_item_fn(&mut self, method: &'ast TraitItemFn) {
        if method.default.is_some() {
            self.add(TokenStream::new(), &method.sig);
        }
        visit::visit_trait_item_fn(self, method);
    }
}

#[test]
fn every_function_with_a_body_gets_the_attributes_and_every_line_its_number() {
    let source = r#"//! Ünïcode before the functions.
@fn free() { @fn inner() {} }

/// Documented.
#[inline] // a comment
@pub(crate) async unsafe fn qualified<'a>(x: &'a str) -> &'a str { x }

trait Trait {
    fn required(&self);
    @fn provided(&self) {}
}

#[async_trait]
impl Trait for () {
    @async fn required(&self) { let _ = || { @fn in_closure() {} }; }
}

mod inner {
    @extern "C" fn exported() {}
}
"#;
    let (annotated, functions) = annotated(&source.replace('@', "")).expect("Rust");
    assert_eq!(annotated, source.replace('@', ATTRIBUTES));
    assert_eq!(functions, 7);
}

#[test]
fn functions_that_the_attributes_refuse_are_left_alone() {
    let source = r#"
const fn constant() {}
unsafe extern "C" { fn foreign(); }
unsafe extern "C" fn variadic(first: u8, ...) {}
macro_rules! made { () => { fn made() {} } }
made! { fn argument() {} }
"#;
    assert_eq!(annotated(source).expect("Rust"), (source.to_owned(), 0));
}
