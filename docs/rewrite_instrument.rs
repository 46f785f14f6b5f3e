//! Rewrites each `#[instrument(…)]` of the crate `tracing` to the attributes of fedtrace.
//!
//! ```sh
//! rustc --edition 2024 docs/rewrite_instrument.rs -o rewrite_instrument
//! find src -name '*.rs' | xargs ./rewrite_instrument          # only says what there is to decide
//! find src -name '*.rs' | xargs ./rewrite_instrument --write  # rewrites the files, too
//! ```
//!
//! What a function does for its span stays the same: its name, the names of its tags, and which `Err` is a failure. What
//! the program cannot decide, it says with file and line; `coming-from-tracing.md` explains each of these.

use std::fmt::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut is_written = false;
    let mut status = ExitCode::SUCCESS;
    for path in std::env::args().skip(1) {
        if path == "--write" {
            is_written = true;
            continue;
        }
        let source = match std::fs::read_to_string(&path) {
            Ok(source) => source,
            Err(error) => {
                eprintln!("{path}: {error}");
                status = ExitCode::FAILURE;
                continue;
            }
        };
        let Rewritten { text, notes } = rewrite(&source);
        for note in notes {
            println!("{path}:{}: {}", note.line, note.text);
        }
        if is_written && text != source {
            if let Err(error) = std::fs::write(&path, text) {
                eprintln!("{path}: {error}");
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}

/// A source with other attributes.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) text: String,
    pub(crate) notes: Vec<Note>,
}

/// What a person has to look at.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Rewrites the attributes in a source.
pub(crate) fn rewrite(source: &str) -> Rewritten {
    let mut rewritten = Rewritten {
        text: String::new(),
        notes: Vec::new(),
    };
    let mut rest = source;
    while let Some(start) = find_attribute(rest) {
        let (before, from) = rest.split_at(start);
        rewritten.text.push_str(before);
        let end = end_of_group(&from[1..]).map_or(from.len(), |end| end + 1);
        let (attribute, after) = from.split_at(end);
        let line = source[..source.len() - from.len()].matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default();
        let indent: String = column
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .collect();
        let content = attribute
            .get(2..attribute.len().saturating_sub(1))
            .unwrap_or_default();
        let function = Function::find(after);
        let mut note = |text: &str| {
            rewritten.notes.push(Note {
                line,
                text: text.to_owned(),
            });
        };
        match converted(content, &function, &mut note) {
            Some(attributes) => {
                let attributes: Vec<String> = attributes.iter().map(|new| format!("#[{new}]")).collect();
                rewritten.text.push_str(&attributes.join(&format!("\n{indent}")));
            }
            None => rewritten.text.push_str(attribute),
        }
        rest = after;
    }
    rewritten.text.push_str(rest);
    if rewritten.text != source {
        note_bodies(source, &mut rewritten.notes);
    }
    rewritten
}

/// Bodies are not rewritten, but what they do with their span of `tracing` does not reach the new one.
fn note_bodies(source: &str, notes: &mut Vec<Note>) {
    let uses = [
        (
            "Span::current()",
            "`Span::current()` is now the span of `tracing` around the function: use `fedtrace::set_tag`",
        ),
        (
            ".in_current_span()",
            "use `.in_active_span()` of `fedtrace::TraceFutureExt`, which knows the new span",
        ),
    ];
    for (index, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (_, text) in uses.iter().filter(|(used, _)| code.contains(used)) {
            notes.push(Note {
                line: index + 1,
                text: (*text).to_owned(),
            });
        }
    }
}

/// The attributes instead of one with this content. `None` if it is another attribute.
fn converted(content: &str, function: &Function<'_>, note: &mut impl FnMut(&str)) -> Option<Vec<String>> {
    let content = content.trim();
    if let Some(inside) = inside_of(content, "cfg_attr") {
        let parts = split(inside);
        let mut found = false;
        let mut all = Vec::new();
        for part in parts {
            match instrument(part.trim()) {
                Some(args) => {
                    found = true;
                    all.extend(attributes(args, function, note));
                }
                None => all.push(part.trim().to_owned()),
            }
        }
        return found.then(|| vec![format!("cfg_attr({})", all.join(", "))]);
    }
    Some(attributes(instrument(content)?, function, note))
}

/// The arguments of `instrument`, `tracing::instrument` or `::tracing::instrument`.
fn instrument(attribute: &str) -> Option<&str> {
    let path = attribute.trim_start_matches("::");
    let path = path.strip_prefix("tracing::").unwrap_or(path);
    if path == "instrument" {
        return Some("");
    }
    inside_of(path, "instrument")
}

/// `inside` of `name(inside)`.
fn inside_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let group = text.strip_prefix(name)?.trim_start();
    group.strip_prefix('(')?.strip_suffix(')')
}

/// What is known of the function below the attribute.
struct Function<'a> {
    signature: &'a str,
}

impl<'a> Function<'a> {
    fn find(after: &'a str) -> Self {
        let mut rest = after;
        // Other attributes and comments between this one and the function.
        loop {
            rest = rest.trim_start();
            if rest.starts_with("//") {
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
            } else if let Some(inside) = rest.strip_prefix('#') {
                rest = end_of_group(inside).map_or("", |end| &inside[end..]);
            } else {
                break;
            }
        }
        let end = position_outside(rest, &['{', ';']).unwrap_or(rest.len());
        Self {
            signature: &rest[..end],
        }
    }

    fn is_async(&self) -> bool {
        let head = self.signature.split("fn ").next().unwrap_or_default();
        head.split_whitespace().any(|word| word == "async")
    }

    fn parameters(&self) -> Vec<&'a str> {
        let Some(open) = position_outside(self.signature, &['(']) else {
            return Vec::new();
        };
        let group = &self.signature[open..];
        let end = end_of_group(group).unwrap_or(group.len());
        let inside = group.get(1..end.saturating_sub(1)).unwrap_or_default();
        let parts = split(inside).into_iter().map(str::trim);
        parts.filter(|part| !part.is_empty()).collect()
    }

    fn has_self(&self) -> bool {
        let first = self.parameters().into_iter().next().unwrap_or_default();
        let name = first.split(':').next().unwrap_or_default();
        name.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .any(|word| word == "self")
    }

    fn has_arguments(&self) -> bool {
        self.parameters().len() > usize::from(self.has_self())
    }

    fn returned(&self) -> &'a str {
        let mut rest = self.signature;
        // The arrow of the function, and not that of a closure among its parameters.
        let close = position_outside(rest, &['('])
            .and_then(|open| Some(open + end_of_group(&rest[open..])?))
            .unwrap_or(0);
        rest = &rest[close..];
        let arrow = rest.find("->").map_or("", |arrow| &rest[arrow + 2..]);
        arrow.split(" where ").next().unwrap_or_default().trim()
    }

    fn mentions_result(&self) -> bool {
        self.returned()
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .any(|word| word.ends_with("Result"))
    }

    /// The last segment of the written type is called so, which is what `#[trace]` looks at.
    fn is_called_result(&self) -> bool {
        let path = self.returned().split('<').next().unwrap_or_default();
        path.trim().ends_with("Result")
    }

    fn is_stream(&self) -> bool {
        self.returned().contains("Stream")
    }
}

/// What the options of `instrument` become.
#[derive(Default)]
struct Options {
    name: Option<String>,
    span: Vec<String>,
    target: Option<String>,
    has_level: bool,
    err: Option<String>,
    skip: Vec<String>,
    skips_self: bool,
    skip_all: bool,
    fields: Option<String>,
}

impl Options {
    fn read(args: &str, note: &mut impl FnMut(&str)) -> Self {
        let mut options = Self::default();
        for option in split(args)
            .into_iter()
            .map(str::trim)
            .filter(|option| !option.is_empty())
        {
            options.read_one(option, note);
        }
        options
    }

    fn read_one(&mut self, option: &str, note: &mut impl FnMut(&str)) {
        let key_end = option
            .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .unwrap_or(option.len());
        let (key, rest) = option.split_at(key_end);
        let value = || rest.trim_start().trim_start_matches('=').trim().to_owned();
        match key {
            "name" => self.name = Some(value()),
            "level" => {
                self.has_level = true;
                self.span.push(format!("level = {}", value()));
            }
            "target" => self.target = Some(value()),
            "parent" | "follows_from" => {
                self.span.push(format!("{key} = {}", value()));
                note(&format!(
                    "`{key}` needs a `fedtrace::Span` or a `fedtrace::SpanContext`"
                ));
            }
            "err" | "ret" => self.read_outcome(key, rest.trim(), note),
            "skip_all" => self.skip_all = true,
            "skip" => {
                let names = inside_of(option, "skip").map(split).unwrap_or_default();
                let names = names.into_iter().map(str::trim);
                self.skips_self |= names.clone().any(|name| name == "self");
                let names = names.filter(|name| !name.is_empty() && *name != "self");
                self.skip.extend(names.map(str::to_owned));
            }
            "fields" => self.fields = inside_of(option, "fields").map(|fields| fields.trim().to_owned()),
            _ if option.starts_with('"') => self.name = Some(option.to_owned()),
            _ => note(&format!("`{option}` is unknown, and was left out")),
        }
    }

    fn read_outcome(&mut self, key: &str, form: &str, note: &mut impl FnMut(&str)) {
        if form.contains("level") {
            note(&format!(
                "the level of `{key}` was left out: what a span says has no level of its own"
            ));
        }
        let form = ["Debug", "Display"]
            .into_iter()
            .find(|known| form.contains(known))
            .map(|known| format!("({known})"))
            .unwrap_or_default();
        match key {
            "err" => self.err = Some(format!("err{form}")),
            _ => self.span.push(format!("ret{form}")),
        }
    }
}

/// The attributes of fedtrace instead of `instrument(args)`.
fn attributes(args: &str, function: &Function<'_>, note: &mut impl FnMut(&str)) -> Vec<String> {
    let mut options = Options::read(args, note);
    match (options.target.take(), options.has_level) {
        (Some(target), true) => options.span.push(format!("target = {target}")),
        (Some(target), false) => note(&format!(
            "`target = {target}` was left out: it decides where a level is looked up, and there is none"
        )),
        (None, _) => {}
    }
    options.span.extend(outcome(options.err.take(), function, note));
    let mut attributes = vec![match &options.name {
        None if options.span.is_empty() => "fedtrace::trace".to_owned(),
        None => format!("fedtrace::trace({})", options.span.join(", ")),
        Some(name) => {
            let all: Vec<&str> = [name]
                .into_iter()
                .chain(&options.span)
                .map(String::as_str)
                .collect();
            format!("fedtrace::trace_with_opname({})", all.join(", "))
        }
    }];
    attributes.extend(tags(&options, function, note));
    attributes
}

/// Whether an `Err` is a failure. Without `err`, `instrument` says that it is none.
fn outcome(err: Option<String>, function: &Function<'_>, note: &mut impl FnMut(&str)) -> Option<String> {
    match err {
        Some(err) if err != "err" => Some(err),
        Some(_) if function.is_async() || function.is_called_result() => None,
        Some(err) => Some(err),
        None if function.is_stream() => {
            note("the span now lasts as long as the stream, if the feature `stream` is on");
            None
        }
        None if function.mentions_result() => {
            note("without `err`, an `Err` was no failure: decide, and remove `err = false` if it is one");
            Some("err = false".to_owned())
        }
        None if function.is_async() && !function.returned().is_empty() && is_unknown(function.returned()) => {
            note(
                "if the return type is an alias of `Result`, an `Err` is now a failure: `err = false` if it is none",
            );
            None
        }
        None => None,
    }
}

/// The type may be an alias: one name that neither the language nor the standard library has.
fn is_unknown(returned: &str) -> bool {
    const KNOWN: [&str; 9] = [
        "Self", "String", "Vec", "Option", "Box", "Arc", "HashMap", "BTreeMap", "bool",
    ];
    let name = returned.split('<').next().unwrap_or_default();
    let name = name.rsplit("::").next().unwrap_or_default().trim();
    name.starts_with(char::is_uppercase) && !KNOWN.contains(&name)
}

fn tags(options: &Options, function: &Function<'_>, note: &mut impl FnMut(&str)) -> Option<String> {
    let mut tags = Vec::new();
    let takes_arguments = function.has_arguments() && !options.skip_all;
    if options.skip_all {
        tags.push("skip_all".to_owned());
    } else if !options.skip.is_empty() {
        tags.push(format!("skip({})", options.skip.join(", ")));
    }
    if takes_arguments {
        tags.push("prefix = \"\"".to_owned());
    }
    if function.has_self() && !options.skip_all && !options.skips_self {
        note("`self` was recorded, and is not any more: tag a part of it with `fields(id = self.id)`");
    }
    if let Some(fields) = options.fields.as_ref().filter(|fields| !fields.is_empty()) {
        let is_trailing = fields.ends_with(',');
        let fields = if is_trailing {
            &fields[..fields.len() - 1]
        } else {
            fields
        };
        tags.push(format!("fields({fields})"));
    } else if !takes_arguments {
        return None;
    }
    let mut attribute = "fedtrace::tag_args".to_owned();
    let _ = write!(attribute, "({})", tags.join(", "));
    Some(attribute)
}

/// The next `#[`, outside comments and strings.
fn find_attribute(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = position_in_code(&text[from..], &['#']) {
        let at = from + found;
        if text[at..].starts_with("#[") {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// The length of the group with which the text begins.
fn end_of_group(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut from = 0;
    while let Some(found) = position_in_code(&text[from..], &['(', '[', '{', ')', ']', '}']) {
        from += found + 1;
        match text.as_bytes().get(from - 1) {
            Some(b'(' | b'[' | b'{') => depth += 1,
            _ => depth = depth.checked_sub(1)?,
        }
        if depth == 0 {
            return Some(from);
        }
    }
    None
}

/// The first of these letters outside groups.
fn position_outside(text: &str, letters: &[char]) -> Option<usize> {
    let mut from = 0;
    let mut all = letters.to_vec();
    all.extend(['(', '[', '{']);
    loop {
        let at = from + position_in_code(&text[from..], &all)?;
        let letter = text[at..].chars().next()?;
        if letters.contains(&letter) {
            return Some(at);
        }
        from = at + end_of_group(&text[at..])?;
    }
}

/// The parts between commas outside groups.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut from = 0;
    // `<` and `>` are no group, since they may be operators; a comma between them is in types only.
    while let Some(found) = position_outside(&rest[from..], &[',']) {
        let at = from + found;
        let part = &rest[..at];
        if part.matches('<').count() > part.replace("->", "").replace("=>", "").matches('>').count() {
            from = at + 1;
            continue;
        }
        parts.push(part);
        rest = &rest[at + 1..];
        from = 0;
    }
    parts.push(rest);
    parts
}

/// The first of these letters outside comments, strings and characters.
fn position_in_code(text: &str, letters: &[char]) -> Option<usize> {
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if letter == '"' {
            end_of_string(rest)
        } else if letter == '\'' {
            end_of_character(rest)
        } else if letters.contains(&letter) {
            return Some(at);
        } else {
            letter.len_utf8()
        };
        at += skipped;
    }
    None
}

/// The length of `r#"…"#`.
fn raw_string(text: &str) -> Option<usize> {
    let behind = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let content = behind[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - content.len();
    Some(
        content
            .find(&end)
            .map_or(text.len(), |found| start + found + end.len()),
    )
}

fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !is_escaped => return index + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// The length of `'c'`, or of the sign of a lifetime.
fn end_of_character(text: &str) -> usize {
    let inside = &text[1..];
    if let Some(escaped) = inside.strip_prefix('\\') {
        let behind = escaped.chars().next().map_or(0, char::len_utf8);
        return escaped[behind..]
            .find('\'')
            .map_or(text.len(), |end| 2 + behind + end + 1);
    }
    let first = inside.chars().next().map_or(0, char::len_utf8);
    match inside[first..].starts_with('\'') {
        true => first + 2,
        false => 1,
    }
}
