//! How long the requests of each operation took.

use super::text::{breakable_name, grouped, link, put, shown};
use crate::page::histogram::{BUCKETS, Histogram};
use crate::page::lists::Lists;
use crate::page::operation::Operation;
use crate::page::operation_name::{OperationKey, address_of};

pub(super) fn put_section(page: &mut String, store: &Lists) {
    page.push_str("<section id=\"operations\">\n<h2>Operations</h2>\n");
    if store.operations.is_empty() {
        page.push_str("<p class=\"empty\">No request has ended yet.</p>\n</section>\n");
        return;
    }
    page.push_str(
        "<p class=\"note\">How many requests took how long. The numbers of all and of failed requests lead to lists, the others to the \
         last trace of their kind.</p>\n\
         <div class=\"wide\"><table>\n<thead><tr><th>Operation<th>Service<th class=\"n\">Requests<th class=\"n\">Failed\
         <th class=\"n\" title=\"Half of the requests took no longer\">Median\
         <th class=\"n\" title=\"99 of 100 requests took no longer\">99 %",
    );
    for bucket in 0..BUCKETS {
        put(page, format_args!("<th class=\"n\">{}", bound(bucket)));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for (key, operation) in &store.operations {
        put_row(page, key, operation, store);
    }
    page.push_str("</tbody>\n</table></div>\n</section>\n");
}

fn put_row(page: &mut String, key: &OperationKey, operation: &Operation, store: &Lists) {
    let (service, name) = key;
    let histogram = &operation.histogram;
    let to_list = |is_there: bool, id: &str, count: u64| match is_there {
        true => format!("<a href=\"{}#{id}\">{}</a>", address_of(key), grouped(count)),
        false => grouped(count),
    };
    let failed = to_list(!operation.failures.is_empty(), "failed", operation.failed);
    let failed = match operation.failed {
        0 => "<td class=\"n\">0".to_owned(),
        _ => format!("<td class=\"n failed\">{failed}"),
    };
    put(
        page,
        format_args!(
            "<tr><th scope=\"row\" class=\"name\">{}<td class=\"service\">{}<td class=\"n\">{}{failed}<td class=\"n\">{}<td class=\"n\">{}",
            breakable_name(name),
            shown(service),
            to_list(!operation.slowest.is_empty(), "slowest", histogram.total()),
            bound(histogram.quantile(0.5)),
            bound(histogram.quantile(0.99)),
        ),
    );
    for (count, example) in histogram.counts().iter().zip(&operation.examples) {
        let number = grouped(*count);
        let stored = example.as_ref().map(|example| example.trace_id);
        let cell = match stored {
            _ if *count == 0 => String::new(),
            Some(id) => link(store.has(id), id, &number),
            None => number,
        };
        let share = tenths(*count, histogram.total());
        put(page, format_args!("<td class=\"n bucket share-{share}\">{cell}"));
    }
    page.push_str("</tr>\n");
}

/// The share of a bucket in tenths, rounded up, so that the one slow request of many is seen.
fn tenths(count: u64, total: u64) -> u64 {
    match total {
        0 => 0,
        _ => (u128::from(count) * 10).div_ceil(u128::from(total)) as u64,
    }
}

fn bound(bucket: usize) -> String {
    let millis = Histogram::bound(bucket).map(|bound| bound.as_millis());
    match millis {
        Some(millis @ 0..1_000) => format!("≤\u{a0}{millis}\u{a0}ms"),
        Some(millis) => format!("≤\u{a0}{}\u{a0}s", millis / 1_000),
        None => "longer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_slow_request_has_a_bar_and_no_request_has_none() {
        assert_eq!(tenths(1, 1_000_000), 1);
        assert_eq!(tenths(0, 1_000_000), 0);
        assert_eq!(tenths(0, 0), 0);
        assert_eq!((tenths(5, 10), tenths(51, 100), tenths(7, 7)), (5, 6, 10));
    }

    #[test]
    fn bounds_have_the_unit_that_fits() {
        let bounds: Vec<_> = (0..BUCKETS).map(bound).collect();
        assert_eq!(bounds.first().unwrap(), "≤\u{a0}1\u{a0}ms");
        assert_eq!(
            bounds[7..],
            [
                "≤\u{a0}3\u{a0}s",
                "≤\u{a0}10\u{a0}s",
                "≤\u{a0}30\u{a0}s",
                "longer"
            ]
        );
    }
}
