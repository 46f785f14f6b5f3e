//! Names of spans that are made once for each route.
//!
//! The routes of a program are few, and their names never change, so a name is never freed, and a span that has it copies
//! nothing. Beyond a bound, such as in a program that makes routes without end, names are made for each request.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, TryLockError};

use super::shown_url::Template;

/// The most names of the process.
const MOST: usize = 1024;
/// Longer names are made for each request, in bytes. No configuration cuts names that are shorter than this.
const LONGEST: usize = 256;
/// The names that a thread finds without a lock. Another route may have the same place; then each takes it from the other.
const PLACES: usize = 256;

static NAMES: Mutex<Option<HashMap<&'static str, &'static RouteName>>> = Mutex::new(None);

thread_local! {
    static AT_HAND: [Cell<Option<&'static RouteName>>; PLACES] = const { [const { Cell::new(None) }; PLACES] };
}

/// A name, and the route in it.
#[derive(Debug)]
pub(super) struct RouteName {
    pub(super) name: &'static str,
    pub(super) template: Template<'static>,
}

/// The method and the route. `None` if the name is not one of those that are kept.
pub(super) fn name_of(method: &'static str, route: &str) -> Option<&'static RouteName> {
    let found = AT_HAND.try_with(|places| {
        let place = places.get(place_of(method, route))?;
        if let Some(known) = place.get().filter(|known| is_of(known.name, method, route)) {
            return Some(known);
        }
        let known = keep(method, route)?;
        place.set(Some(known));
        Some(known)
    });
    found.ok().flatten()
}

fn is_of(name: &str, method: &str, route: &str) -> bool {
    route_in(name, method) == Some(route)
}

fn route_in<'a>(name: &'a str, method: &str) -> Option<&'a str> {
    name.strip_prefix(method)?.strip_prefix(' ')
}

/// Eight bytes at a time: this is done for each request.
fn place_of(method: &str, route: &str) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let route = route.as_bytes();
    let first = method.as_bytes().first().copied().map_or(0, u64::from);
    // A short route has no eight bytes.
    let last = route.last_chunk().map_or(0, |last| u32::from_le_bytes(*last));
    let mut hash = u64::from(last) << 32 | (route.len() << 16 | method.len() << 8) as u64 | first;
    hash = hash.wrapping_mul(FACTOR);
    let mut add = |bytes: &[u8; 8]| {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*bytes)).wrapping_mul(FACTOR);
    };
    let mut rest = route;
    while let Some((first, others)) = rest.split_first_chunk() {
        add(first);
        rest = others;
    }
    if let Some(last) = route.last_chunk() {
        add(last);
    }
    (hash >> 32) as usize % PLACES
}

#[cold]
fn keep(method: &str, route: &str) -> Option<&'static RouteName> {
    if method.len() + 1 + route.len() > LONGEST {
        return None;
    }
    // In the child process of a fork, a thread that does not exist there may have the lock.
    let mut names = match NAMES.try_lock() {
        Ok(names) => names,
        Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
        Err(TryLockError::WouldBlock) => return None,
    };
    let names = names.get_or_insert_default();
    let name = [method, route].join(" ");
    if let Some(known) = names.get(&*name) {
        return Some(*known);
    }
    if names.len() >= MOST {
        return None;
    }
    let name: &'static str = name.leak();
    let known = Box::leak(Box::new(RouteName {
        name,
        template: Template::new(route_in(name, method)?),
    }));
    names.insert(name, known);
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(method: &'static str, route: &str) -> Option<&'static str> {
        super::name_of(method, route).map(|known| known.name)
    }

    #[test]
    fn a_name_is_made_once_and_not_if_it_is_long() {
        let first = name_of("GET", "/rooms/{room}/members").unwrap();
        assert_eq!(first, "GET /rooms/{room}/members");
        let again = name_of("GET", "/rooms/{room}/members").unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr());
        let elsewhere = std::thread::spawn(|| {
            name_of("GET", "/rooms/{room}/members")
                .map(str::as_ptr)
                .map(|at| at as usize)
        });
        assert_eq!(elsewhere.join().unwrap(), Some(first.as_ptr() as usize));
        assert_eq!(
            name_of("PUT", "/rooms/{room}/members"),
            Some("PUT /rooms/{room}/members")
        );
        assert_eq!(name_of("GET", "/"), Some("GET /"));
        assert_eq!(name_of("GET", &"/a".repeat(LONGEST)), None);
    }

    #[test]
    fn short_routes_and_other_methods_have_places_of_their_own() {
        let routes = ["/", "/a", "/sync", "/send", "/health", "/rooms/{room}"];
        let methods = ["GET", "PUT", "HEAD", "POST", "PATCH"];
        let places = routes
            .iter()
            .flat_map(|route| methods.map(|method| place_of(method, route)));
        let different: std::collections::HashSet<_> = places.collect();
        // By chance, some of thirty share one.
        assert!(different.len() >= 22, "{}", different.len());
    }

    #[test]
    fn names_that_share_a_place_are_told_apart() {
        for _ in 0..2 {
            for number in 0..3 * PLACES {
                let route = format!("/routes/{number}");
                assert_eq!(name_of("GET", &route), Some(&*format!("GET {route}")));
            }
        }
    }

    #[test]
    fn the_names_that_are_kept_are_bounded() {
        let kept = |number: usize| keep("TRACE", &format!("/many/{number}")).is_some();
        let most = (0..2 * MOST).filter(|number| kept(*number)).count();
        assert!(most <= MOST);
    }
}
