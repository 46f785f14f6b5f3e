//! The source of the crate as its modules see it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// The path of a module from the root of the crate, which is empty.
pub(crate) type Module = Vec<String>;

/// A file: the modules that it declares, what it re-exports, and every path that it names.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) items: Vec<&'static str>,
    exports: BTreeMap<String, Vec<String>>,
    paths: BTreeSet<Vec<String>>,
}

/// All files of a crate but those of its unit tests.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) files: BTreeMap<Module, File>,
}

impl Source {
    pub(crate) fn of_runtime() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
        let mut source = Self::default();
        source.read(&root.join("lib.rs"), &root, Vec::new());
        source
    }

    #[cfg(test)]
    pub(crate) fn of_texts(texts: &[(&str, &str)]) -> Self {
        let mut source = Self::default();
        for (module, text) in texts {
            let module: Module = module
                .split("::")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect();
            source.files.insert(module, read_file(text).0);
        }
        source
    }

    /// Reads a file and the modules below it, which are in `folder`.
    fn read(&mut self, path: &Path, folder: &Path, module: Module) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (file, children) = read_file(&text);
        for name in children {
            let child: Module = module.iter().cloned().chain([name.clone()]).collect();
            let (path, folder) = file_of(folder, &name);
            self.read(&path, &folder, child);
        }
        self.files.insert(module, file);
    }

    /// The files whose items a file names, with re-exports followed to where the item is.
    pub(crate) fn imports(&self, module: &Module) -> BTreeSet<Module> {
        let paths = self.files[module].paths.iter();
        let files = paths.filter_map(|path| self.file_of_item(module, path, 0));
        files.filter(|file| file != module).collect()
    }

    fn file_of_item(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        assert!(
            depth < 20,
            "{from:?} names {path:?}, which is re-exported in a circle"
        );
        let path = self.absolute(from, path)?;
        let known = (0..=path.len())
            .rev()
            .find(|end| self.files.contains_key(&path[..*end]))?;
        let (module, rest) = (path[..known].to_vec(), &path[known..]);
        let export = rest
            .first()
            .and_then(|name| self.files[&module].exports.get(name));
        match export {
            Some(export) if *export != path => self.file_of_item(&module, export, depth + 1).or(Some(module)),
            _ => Some(module),
        }
    }

    /// The path from the root of the crate, or `None` for one of another crate.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Vec<String>> {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let (base, rest) = match path.first().map(String::as_str) {
            Some("crate") => (&[][..], &path[1..]),
            Some("self") => (&from[..], &path[1..]),
            Some("super") => (&from[..from.len().checked_sub(supers)?], &path[supers..]),
            Some(name) => {
                let child: Module = from.iter().cloned().chain([name.to_owned()]).collect();
                self.files.contains_key(&child).then_some((&from[..], path))?
            }
            None => return None,
        };
        Some(base.iter().chain(rest).cloned().collect())
    }
}

fn file_of(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let below = folder.join(name);
    let file = folder.join(format!("{name}.rs"));
    match file.exists() {
        true => (file, below),
        false => (below.join("mod.rs"), below),
    }
}

/// A file, and the modules that it declares outside of tests.
fn read_file(text: &str) -> (File, Vec<String>) {
    let parsed = syn::parse_file(text).expect("rustc has compiled it");
    let mut reader = Reader::default();
    reader.visit_file(&parsed);
    let items = parsed.items.iter().filter(|item| !is_of_tests(attributes(item)));
    reader.file.items = items.map(kind).collect();
    (reader.file, reader.children)
}

#[derive(Default)]
struct Reader {
    file: File,
    children: Vec<String>,
    /// How many modules inside the file are around the item.
    depth: usize,
}

impl Reader {
    fn add(&mut self, path: Vec<String>) {
        // Inside a module of the same file, the first `super` is the file itself.
        let supers = path.iter().take_while(|name| *name == "super").count();
        let inside = supers.min(self.depth);
        if inside == self.depth || path.first().is_some_and(|name| name == "crate") {
            self.file.paths.insert(path[inside..].to_vec());
        }
    }

    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Ident(ident) if ident == "crate" => {
                    let names = tokens[index..].iter().step_by(3).map_while(|token| match token {
                        TokenTree::Ident(name) => Some(name.to_string()),
                        _ => None,
                    });
                    let path: Vec<_> = names.collect();
                    // A single `crate` is the visibility `pub(crate)`.
                    if path.len() > 1 {
                        self.file.paths.insert(path);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_of_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.content.is_none() {
            self.children.push(module.ident.to_string());
        }
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_export = !matches!(item.vis, Visibility::Inherited);
        for (path, name) in leaves(&item.tree, Vec::new()) {
            if is_export && self.depth == 0 {
                self.file.exports.insert(name, path.clone());
            }
            self.add(path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if path.leading_colon.is_none() && names.len() > 1 {
            self.add(names);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.add_tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }
}

/// Each path that a `use` names, and what it is called here.
fn leaves(tree: &UseTree, mut path: Vec<String>) -> Vec<(Vec<String>, String)> {
    match tree {
        UseTree::Path(below) => {
            path.push(below.ident.to_string());
            leaves(&below.tree, path)
        }
        UseTree::Name(name) if name.ident == "self" => {
            let last = path.last().cloned().unwrap_or_default();
            vec![(path, last)]
        }
        UseTree::Name(name) => {
            path.push(name.ident.to_string());
            vec![(path, name.ident.to_string())]
        }
        UseTree::Rename(renamed) => {
            path.push(renamed.ident.to_string());
            vec![(path, renamed.rename.to_string())]
        }
        UseTree::Glob(_) => vec![(path, "*".to_owned())],
        UseTree::Group(group) => {
            let trees = group.items.iter();
            trees.flat_map(|tree| leaves(tree, path.clone())).collect()
        }
    }
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute
            .path()
            .is_ident("cfg")
            .then(|| attribute.meta.require_list());
        let Some(Ok(condition)) = condition else {
            return false;
        };
        let words = condition.tokens.to_string();
        words
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| word == "test" || word == "doctest")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn kind(item: &Item) -> &'static str {
    match item {
        Item::Mod(module) if module.content.is_none() => "mod",
        Item::Use(_) => "use",
        _ => "code",
    }
}
