//! The table of rooms in `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../../docs/architecture.md");

/// A room, with the names that its row allows it to import.
pub(crate) struct Room {
    pub(crate) name: String,
    pub(crate) may_import: BTreeSet<String>,
}

/// The rows of the table, lowest room first.
pub(crate) fn rooms() -> Vec<Room> {
    let rows = PAGE
        .lines()
        .skip_while(|line| !line.starts_with("| room | may import |"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let rooms: Vec<_> = rows.map(room).collect();
    assert!(
        rooms.len() > 10,
        "docs/architecture.md has no table `| room | may import |`"
    );
    rooms
}

fn room(row: &str) -> Room {
    let cells: Vec<_> = row.split('|').map(str::trim).collect();
    let names = |cell: &str| -> Vec<String> {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted.map(|name| name.trim_end_matches('/').to_owned()).collect()
    };
    Room {
        name: names(cells[1]).concat(),
        may_import: names(cells[2]).into_iter().collect(),
    }
}

#[test]
fn each_room_may_import_only_rooms_above_it_in_the_table() {
    let mut above = BTreeSet::new();
    for room in rooms() {
        let not_above: Vec<_> = room.may_import.difference(&above).collect();
        assert!(
            not_above.is_empty(),
            "the row of `{}` names {not_above:?}",
            room.name
        );
        assert!(above.insert(room.name.clone()), "`{}` has two rows", room.name);
    }
}

#[test]
fn every_folder_and_file_at_the_root_has_a_row_and_there_are_at_most_18() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/src");
    let entries = std::fs::read_dir(root).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<_> = names.collect();
    assert!(names.len() <= 18, "{names:?}");
    let rows: BTreeSet<_> = rooms().into_iter().map(|room| room.name).collect();
    assert_eq!(names, rows);
}

/// By the name of the room.
pub(crate) fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    rooms()
        .into_iter()
        .map(|room| (room.name, room.may_import))
        .collect()
}
