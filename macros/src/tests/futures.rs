//! Futures with a span that starts with the call.

use super::*;

#[test]
fn a_future_in_the_last_expression_is_traced() {
    let expansion = |body: TokenStream| expand_all(quote!(#[trace] fn f() -> T { #body })).to_string();
    for body in [
        quote!(async {}),
        quote!(async move {}),
        quote!(Box::pin(async move {})),
        quote!(::std::boxed::Box::pin(async {},)),
        TokenStream::from_str("use a; async {}").unwrap(),
    ] {
        assert!(expansion(body.clone()).contains(":: traced_then ("), "{body}");
    }
    for body in [
        quote!(let x = 1; if x {} Box::pin(async {})),
        quote!(foo!(); async {}),
    ] {
        assert!(expansion(body.clone()).contains(":: carry_then ("), "{body}");
    }
    for body in [
        quote!(async {}.boxed()),
        quote!(|| async {}),
        quote!(f(async {})),
        quote!(Rc::pin(async {})),
        quote!(Box::pin(async {}.map())),
        quote!(Box::pin(f(), async {})),
        quote!(x = async {}),
        quote!(async {};),
        quote!(),
        quote!({}),
        quote!(move {}),
    ] {
        let expansion = expansion(body.clone());
        assert!(!expansion.contains(":: traced"), "{body}");
        assert!(!expansion.contains(":: carry"), "{body}");
    }
}

#[test]
fn a_future_in_the_return_type_is_carried() {
    let is_carried = |function: TokenStream| {
        let expanded = expand_all(quote!(#[trace] #function)).to_string();
        expanded.contains("fedtrace_scope , fedtrace_future")
    };
    for output in [
        quote!(impl Future<Output = u8> + Send + 'a),
        quote!(impl ::std::future::Future<Output = impl Sized>),
        quote!(Pin<Box<dyn Future<Output = T> + 'a>>),
        quote!(::std::pin::Pin<::std::boxed::Box<(dyn core::future::Future<Output = T> + Send)>>),
        quote!(BoxFuture<'a, T>),
        quote!(futures::future::LocalBoxFuture<'_, ()>),
    ] {
        assert!(is_carried(quote!(fn f() -> #output { g(x) })), "{output}");
        assert!(!is_carried(quote!(fn f() -> #output { g(x); })), "{output}");
        assert!(!is_carried(quote!(fn f() -> #output {})), "{output}");
    }
    for output in [
        quote!(impl Future),
        quote!(impl Future<Item = u8, Error = ()>),
        quote!(impl IntoFuture<Output = u8>),
        quote!(Box<dyn Future<Output = u8>>),
        quote!(Pin<&mut dyn Future<Output = u8>>),
        quote!(Pin<Box<F>>),
        quote!(Result<BoxFuture<'a, T>, E>),
        quote!(Self::Future),
    ] {
        assert!(!is_carried(quote!(fn f() -> #output { g(x) })), "{output}");
    }
}

#[test]
fn an_opaque_future_is_not_carried_where_the_body_may_return_early() {
    let is_carried = |body: TokenStream| {
        let function = quote!(fn f() -> impl Future<Output = u8> { #body });
        expand_all(quote!(#[trace] #function))
            .to_string()
            .contains(":: carry (")
    };
    for body in [
        quote!(g(x)),
        quote!(g(|x| {
            return x;
        })),
        quote!(let h = move |x| return x; g(h)),
        quote!(g(async { return 1 }, async move { return 2 })),
        quote!(assert!(x); g(vec![x])),
        quote!(g(!x, a != (b))),
    ] {
        assert!(is_carried(body.clone()), "{body}");
    }
    for body in [
        quote!(if x { return y } g(x)),
        quote!(let h = |x| x; return g(h)),
        quote!(x || return y; g(x)),
        quote!(match x {
            A => return y,
            _ => g(x),
        }),
        quote!(bail!(x); g(x)),
        quote!(vec![if x { return y }]; g(x)),
    ] {
        assert!(!is_carried(body.clone()), "{body}");
    }
}

#[test]
fn a_type_that_may_not_live_long_enough_for_a_box_is_not_carried() {
    let is_carried = |function: TokenStream| {
        expand_all(quote!(#[trace] #function))
            .to_string()
            .contains("fedtrace_carry")
    };
    assert!(is_carried(quote!(
        fn f<T, U: 'static>() -> BoxFuture<'static, U> {
            g()
        }
    )));
    assert!(is_carried(quote!(
        fn f<'a, T>() -> BoxFuture<'a, T>
        where
            T: A + 'a,
        {
            g()
        }
    )));
    assert!(!is_carried(quote!(
        fn f<'a, T: A>() -> BoxFuture<'a, T>
        where
            T: B,
        {
            g()
        }
    )));
}
