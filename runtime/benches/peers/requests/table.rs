//! What is printed: medians, what of them is the layer's, ratios, and the goal.

/// The most that our layer may take, as a part of what `TraceLayer` takes.
const GOAL: f64 = 0.35;

/// The first is the router alone, the second ours, the third the one of the goal.
pub(crate) fn write(names: &[&str], medians: &[Option<f64>]) {
    let medians: Vec<f64> = medians.iter().flatten().copied().collect();
    let [alone, ours, rival, ..] = medians[..] else {
        return;
    };
    println!("| ns, medians      | request |   layer | fedtrace ÷ it |");
    println!("|---|---:|---:|---:|");
    for (name, median) in names.iter().zip(&medians) {
        let layer = median - alone;
        let ratio = match layer > 0.0 {
            true => format!("{:.2}", (ours - alone) / layer),
            false => String::new(),
        };
        println!("| {name:16} | {median:7.1} | {layer:7.1} | {ratio:>13} |");
    }
    let ratio = (ours - alone) / (rival - alone);
    let verdict = if ratio <= GOAL { "met" } else { "missed" };
    println!("\nThe layer, as a part of TraceLayer with otel: {ratio:.2}; goal {GOAL:.2}: {verdict}");
}
