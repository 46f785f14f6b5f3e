//! The attributes without the feature `enable`. They report mistakes, and return the item.

use proc_macro2::TokenStream;

use crate::args::Attr;
use crate::expand::{self, Expansion};
use crate::item::{Item, Kind};
use crate::trace_args::TraceArgs;

pub(crate) fn trace(args: TokenStream, item: TokenStream) -> Expansion {
    expand::trace(args.clone(), item.clone())?;
    let Ok(TraceArgs { options, .. }) = TraceArgs::parse(args) else {
        return Ok(item);
    };
    match Item::new(item.clone()).kind(Attr::Trace) {
        Ok(Kind::Impl(block)) => Ok(block.without_skips(&options.krate)),
        _ => Ok(item),
    }
}

pub(crate) fn trace_with_opname(args: TokenStream, item: TokenStream) -> Expansion {
    expand::trace_with_opname(args, item.clone())?;
    Ok(item)
}

pub(crate) fn tag_args(args: TokenStream, item: TokenStream) -> Expansion {
    expand::tag_args(args, item.clone())?;
    Ok(item)
}
