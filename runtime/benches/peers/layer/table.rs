//! What is printed: medians, ratios, and the goals.

use crate::contender::Contender;
use crate::row::Row;

pub(crate) fn write_head(contenders: &[Contender]) {
    print!("| {:27} ", "ns, medians (fedtrace ÷ it)");
    for contender in contenders {
        print!("| {:>21} ", contender.name);
    }
    println!("| {:17} |", "goal");
    println!("|---|{}---|", "---:|".repeat(contenders.len()));
}

pub(crate) fn write_row(row: &Row, medians: &[Option<f64>]) {
    let medians: Vec<f64> = medians.iter().flatten().copied().collect();
    let Some(ours) = medians.first() else { return };
    print!("| {:27} | {ours:>21.1} ", row.name);
    for theirs in medians.iter().skip(1) {
        let cell = format!("{theirs:.1} ({:.2})", ours / theirs);
        print!("| {cell:>21} ");
    }
    let rival = medians.get(1).copied().unwrap_or(f64::NAN);
    let goal = row.goal.map_or_else(String::new, |goal| {
        let verdict = if ours / rival <= goal { "met" } else { "missed" };
        format!("{goal:.2}: {verdict}")
    });
    println!("| {goal:17} |");
}
