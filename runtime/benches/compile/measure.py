#!/usr/bin/env python3
"""What attributes cost those who compile: the same functions with the attributes of several crates.

    python3 runtime/benches/compile/measure.py [--functions 1000] [--rounds 5] [--release-rounds 3] [--only NAME,…]

Needs cargo, and the crates that the lock file names. Works in `compile-bench` of the target folder. Dependencies are
built first; then rustc is run on nothing but the annotated crate, every contender in turn, round after round. The
time is the user's CPU time, the least of all rounds.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parents[3]

CONTENDERS = {
    "none": "",
    "trace": "#[fedtrace::trace]",
    "trace + tag_args": "#[fedtrace::trace] #[fedtrace::tag_args]",
    "fastrace": "#[fastrace::trace]",
    "tracing": "#[tracing::instrument(skip_all)]",
}
RATIOS_TO = "fastrace"

SYNC_PLAIN = """
{attributes}
fn f{n}(id: u64, name: &str) -> u64 {{
    let length = name.len() as u64;
    id.wrapping_mul({n} + 3) ^ length
}}
"""
SYNC_RESULT = """
{attributes}
fn f{n}(id: u64, name: &str) -> Result<u64, Error> {{
    if id == {n} {{
        return Err(Error(id));
    }}
    let length = check(name, {n})?;
    Ok(id.wrapping_mul(3) ^ length)
}}
"""
ASYNC_PLAIN = """
{attributes}
async fn f{n}(id: u64, name: &str) -> u64 {{
    let length = next(name.len() as u64).await;
    id.wrapping_mul({n} + 3) ^ length
}}
"""
ASYNC_RESULT = """
{attributes}
async fn f{n}(id: u64, name: &str) -> Result<u64, Error> {{
    if id == {n} {{
        return Err(Error(id));
    }}
    let length = check(name, {n})?;
    let length = next(length).await;
    Ok(id.wrapping_mul(3) ^ length)
}}
"""
COMMON = """
use std::fmt;
use std::hint::black_box;

#[derive(Debug)]
pub struct Error(u64);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad number {}", self.0)
    }
}

impl std::error::Error for Error {}

#[inline(never)]
fn check(name: &str, limit: u64) -> Result<u64, Error> {
    let length = name.len() as u64;
    if length > limit { Err(Error(length)) } else { Ok(length) }
}
"""
ASYNC_COMMON = """
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

fn next(number: u64) -> impl Future<Output = u64> {
    std::future::ready(black_box(number))
}

fn run(mut future: Pin<&mut dyn Future<Output = u64>>) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let std::task::Poll::Ready(sum) = future.as_mut().poll(&mut context) {
            return sum;
        }
    }
}
"""


def program(attributes, functions, is_async):
    """The functions, helpers that call ten of them each, and a `main` that calls the helpers."""
    text = [COMMON]
    shapes = (SYNC_PLAIN, SYNC_RESULT)
    awaits = keyword = ""
    if is_async:
        text.append(ASYNC_COMMON)
        shapes = (ASYNC_PLAIN, ASYNC_RESULT)
        awaits, keyword = ".await", "async "
    for n in range(functions):
        text.append(shapes[n % 2].format(attributes=attributes, n=n))
    helpers = range(0, functions, 10)
    for first in helpers:
        text.append(f"{keyword}fn g{first}() -> u64 {{\n    let mut sum = 0;")
        for n in range(first, min(first + 10, functions)):
            call = f'f{n}(black_box(7), black_box("name")){awaits}'
            text.append(f"    sum += {call}{'.unwrap_or(1)' if n % 2 else ''};")
        text.append("    sum\n}")
    # Through pointers, or the optimiser would make one huge function of all.
    names = ", ".join(f"g{first}" for first in helpers)
    if is_async:
        calls = "".join(f"    sum += run(pin!(g{first}()));\n" for first in helpers)
    else:
        text.append(f"static HELPERS: [fn() -> u64; {len(helpers)}] = [{names}];")
        calls = "    for helper in black_box(HELPERS) {\n        sum += helper();\n    }\n"
    text.append(f'fn main() {{\n    let mut sum = 0;\n{calls}    println!("{{sum}}");\n}}')
    return "\n".join(text)


def locked_version(package):
    lock = (ROOT / "Cargo.lock").read_text()
    return lock.split(f'name = "{package}"\nversion = "', 1)[1].split('"', 1)[0]


def prebuild(folder, release):
    """Builds the dependencies; gives the options with which rustc finds them."""
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src/main.rs").write_text("fn main() {}\n")
    (folder / "Cargo.toml").write_text(
        f"""[package]
name = "annotated"
edition = "2024"

[dependencies]
fedtrace = {{ path = {json.dumps(str(ROOT / "runtime"))}, default-features = false, features = ["enable"] }}
fastrace = {{ version = "={locked_version("fastrace")}", features = ["enable"] }}
tracing = "={locked_version("tracing")}"

[workspace]
"""
    )
    shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
    command = ["cargo", "build", "--message-format=json", "--target-dir", str(folder / "target")]
    if release:
        command.append("--release")
    result = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    options, deps = [], None
    for line in result.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-artifact":
            continue
        if message["target"]["name"] in ("fedtrace", "fastrace", "tracing"):
            library = next(name for name in message["filenames"] if name.endswith(".rlib"))
            options += ["--extern", f"{message['target']['name']}={library}"]
            deps = pathlib.Path(library).parent
    return options + ["-L", f"dependency={deps}"]


def rustc(options, source):
    """Runs rustc; gives the user's CPU time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(["rustc", "--edition=2024", "--crate-type=bin", *options, str(source)], check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def text_size(binary):
    sections = subprocess.run(["size", "-A", str(binary)], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[1]) for line in sections.splitlines() if line.startswith(".text"))


def measure(folder, options, sources, rounds, release_rounds):
    debug, release = options
    table = {name: {"check": [], "release": []} for name in sources}
    for _ in range(rounds):
        for name, source in sources.items():
            seconds = rustc([*debug, "--emit=metadata", "-o", str(folder / "annotated.rmeta")], source)
            table[name]["check"].append(seconds)
    binary = folder / "annotated"
    for _ in range(release_rounds):
        for name, source in sources.items():
            table[name]["release"].append(rustc([*release, "-Copt-level=3", "-o", str(binary)], source))
            table[name]["text"] = text_size(binary)
    for name, source in sources.items():
        lines = folder / "annotated.ll"
        unoptimised = ["-Copt-level=3", "-Ccodegen-units=1", "-Cno-prepopulate-passes", "--emit=llvm-ir"]
        rustc([*release, *unoptimised, "-o", str(lines)], source)
        with lines.open("rb") as file:
            table[name]["lines"] = sum(1 for _ in file)
    return table


def show(title, table):
    base = table.get(RATIOS_TO)

    def cell(name, key, number, form):
        own = number(table[name][key])
        ratio = f" ({own / number(base[key]):.2f})" if base and name != "none" else ""
        return form(own) + ratio

    print(f"\n| {title} | check, s | release, s | text, kB | LLVM lines |")
    print("|---|---:|---:|---:|---:|")
    for name in table:
        cells = [
            cell(name, "check", min, lambda s: f"{s:.2f}"),
            *([cell(name, "release", min, lambda s: f"{s:.1f}")] if table[name]["release"] else ["–"]),
            *([cell(name, "text", int, lambda b: f"{b / 1000:.0f}")] if "text" in table[name] else ["–"]),
            cell(name, "lines", int, lambda n: f"{n:,}"),
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--functions", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--release-rounds", type=int, default=3)
    parser.add_argument("--kinds", default="sync,async")
    parser.add_argument("--only", default=",".join(CONTENDERS))
    args = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    folder = target / "compile-bench"
    options = (prebuild(folder, release=False), prebuild(folder, release=True))
    for kind in args.kinds.split(","):
        sources = {}
        for name in args.only.split(","):
            source = folder / f"{kind}_{name.replace(' ', '').replace('+', '_')}.rs"
            source.write_text(program(CONTENDERS[name], args.functions, kind == "async"))
            sources[name] = source
        table = measure(folder, options, sources, args.rounds, args.release_rounds)
        show(f"{args.functions} {kind} functions", table)


if __name__ == "__main__":
    sys.exit(main())
