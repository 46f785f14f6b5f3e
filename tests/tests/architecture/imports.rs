//! Who imports whom.

use std::collections::{BTreeMap, BTreeSet};

use super::rooms;
use super::source::{Module, Source};

type Graph = BTreeMap<Module, BTreeSet<Module>>;

fn graph(source: &Source) -> Graph {
    let files = source.files.keys();
    files.map(|file| (file.clone(), source.imports(file))).collect()
}

/// The name of the room in the table, for a module of the crate.
fn room(module: &Module) -> String {
    module.first().cloned().unwrap_or_else(|| "lib.rs".to_owned())
}

/// The imports of rooms by rooms, each with the files that show it.
fn between_rooms(graph: &Graph) -> BTreeMap<(String, String), Vec<String>> {
    let mut arrows: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (from, targets) in graph {
        for to in targets {
            if room(from) != room(to) {
                let files = format!("{} imports {}", from.join("::"), to.join("::"));
                arrows.entry((room(from), room(to))).or_default().push(files);
            }
        }
    }
    arrows
}

/// The sets of files of which each imports all others, by way of others.
fn circles(graph: &Graph) -> Vec<BTreeSet<Module>> {
    let reach: BTreeMap<_, _> = graph.keys().map(|file| (file, reachable(graph, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, files) in &reach {
        if files.contains(*file) {
            let others = files.iter().filter(|other| reach[*other].contains(*file));
            circles.insert(others.cloned().collect());
        }
    }
    circles.into_iter().collect()
}

fn reachable(graph: &Graph, start: &Module) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    let mut open: Vec<_> = graph[start].iter().collect();
    while let Some(file) = open.pop() {
        if found.insert(file.clone()) {
            open.extend(&graph[file]);
        }
    }
    found
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let graph = graph(&Source::of_runtime());
    let arrows = between_rooms(&graph);
    let allowed = rooms::allowed();
    let wrong: Vec<_> = arrows
        .iter()
        .filter(|((from, to), _)| !allowed[from].contains(to) && from != "lib.rs")
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unused: Vec<_> = allowed
        .iter()
        .flat_map(|(from, targets)| targets.iter().map(move |to| (from.clone(), to.clone())))
        .filter(|arrow| !arrows.contains_key(arrow))
        .collect();
    assert!(
        unused.is_empty(),
        "the table allows what nobody needs: {unused:?}"
    );
    println!(
        "{} rooms, {} files, {} imports between rooms, {} circles of files",
        allowed.len(),
        graph.len(),
        arrows.len(),
        circles(&graph).len(),
    );
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = circles(&graph(&Source::of_runtime()));
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_mod_rs_declares_and_re_exports_only() {
    let source = Source::of_runtime();
    let has_children = |module: &Module| {
        let mut files = source.files.keys();
        files.any(|other| other.len() > module.len() && other.starts_with(module))
    };
    for (module, file) in &source.files {
        if has_children(module) {
            let code = file.items.iter().filter(|kind| **kind == "code").count();
            assert_eq!(code, 0, "{}", module.join("::"));
        }
    }
}

#[test]
fn imports_are_followed_through_re_exports_modules_and_macros() {
    let source = Source::of_texts(&[
        ("", "mod a; mod b; pub use a::one::Thing;"),
        (
            "a",
            "pub(crate) mod one; mod two; pub(crate) use two::Other as Renamed;",
        ),
        ("a::one", "use super::two::Other; pub struct Thing;"),
        (
            "a::two",
            "pub struct Other; #[cfg(test)] mod tests { use crate::b::x; }",
        ),
        (
            "b",
            "use crate::a::Renamed; fn f() { m!(crate::a::one::Thing); } mod inside { use super::super::Thing; }",
        ),
    ]);
    let imports = |module: &str| {
        let module = module.split("::").map(str::to_owned).collect();
        let files = source.imports(&module).into_iter();
        files.map(|file| file.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(imports("a::one"), ["a::two"]);
    assert_eq!(imports("a::two"), [""; 0]);
    assert_eq!(imports("b"), ["a::one", "a::two"]);
}

#[test]
fn a_circle_is_found_once() {
    let source = Source::of_texts(&[
        ("", "mod a; mod b; mod c;"),
        ("a", "use crate::b::B;"),
        ("b", "fn f() -> crate::c::C { todo!() }"),
        ("c", "use super::a::A;"),
    ]);
    let circles = circles(&graph(&source));
    assert_eq!(circles.len(), 1);
    assert_eq!(circles[0].len(), 3);
}
