//! Keeps `server/web/src/wire.ts` equal to what this crate says: the types of
//! every message, the refusal codes, the limits and the named rules. The pages
//! are type-checked against that file, so a change here that they do not know
//! stops their build. `UPDATE_TYPES=1` writes the file anew.

use hemicycle_protocol::people::ClerkRole;
use hemicycle_protocol::refusal::Code;
use hemicycle_protocol::topic::{ItemKind, Service, Settings, Topic};
use hemicycle_protocol::vote::rule::{QUORUM_COMMITTEE, QUORUM_CONGRESS};
use hemicycle_protocol::vote::{Preset, Rule};
use hemicycle_protocol::wire::{Command, Down, PATH, SUBPROTOCOL, Up, VERSION, limits};
use serde::Serialize;
use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::path::Path;
use ts_rs::{Config, TS, TypeVisitor};

/// Every type that a message can hold, by name.
struct Gather {
    config: Config,
    seen: HashSet<TypeId>,
    types: BTreeMap<String, String>,
}

impl Gather {
    fn take<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let text = format!("{}export {}\n", docs(T::docs()), T::decl(&self.config));
            let before = self.types.insert(T::ident(&self.config), text.clone());
            assert!(before.is_none_or(|b| b == text), "two types named {}", T::ident(&self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

impl TypeVisitor for Gather {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.take::<T>();
    }
}

/// A type's comment on one line; ts-rs hands it over as a block.
fn docs(text: Option<String>) -> String {
    let words: Vec<&str> = text
        .as_deref()
        .unwrap_or_default()
        .lines()
        .map(|l| l.trim().trim_start_matches("/**").trim_end_matches("*/").trim_start_matches('*'))
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    if words.is_empty() { String::new() } else { format!("/** {} */\n", words.join(" ")) }
}

fn constant(
    out: &mut String,
    name: &str,
    value: &impl Serialize,
    kind: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let json = serde_json::to_string(value)?;
    writeln!(out, "export const {name}{kind} = {json};")?;
    Ok(())
}

fn file() -> Result<String, Box<dyn std::error::Error>> {
    let config = Config::new().with_large_int("number");
    let mut gather = Gather { config, seen: HashSet::new(), types: BTreeMap::new() };
    gather.take::<Up>();
    gather.take::<Down>();
    gather.take::<Command>();
    gather.take::<Topic>();
    gather.take::<Code>();
    gather.take::<Preset>();
    gather.take::<ClerkRole>();

    let mut out = String::from(
        "// Generated from the crate hemicycle-protocol by its test `typescript`.\n\
         // Do not edit: UPDATE_TYPES=1 cargo test -p hemicycle-protocol --test typescript\n\n",
    );
    constant(&mut out, "VERSION", &VERSION, "")?;
    constant(&mut out, "PATH", &PATH, "")?;
    constant(&mut out, "SUBPROTOCOL", &SUBPROTOCOL, "")?;
    let most: BTreeMap<&str, u64> = [
        ("textUp", limits::TEXT_UP_CONSOLE as u64),
        ("paper", limits::PAPER),
        ("word", limits::WORD),
        ("title", limits::TITLE as u64),
        ("name", limits::NAME as u64),
        ("reason", limits::REASON as u64),
        ("people", limits::PEOPLE as u64),
        ("items", limits::ITEMS as u64),
        ("papers", limits::PAPERS as u64),
        ("votes", limits::VOTES as u64),
        ("seconds", u64::from(limits::SECONDS)),
        ("liveStep", u64::from(limits::LIVE_STEP)),
        ("questions", hemicycle_protocol::vote::MOST_QUESTIONS as u64),
    ]
    .into();
    constant(&mut out, "LIMITS", &most, "")?;
    let codes: Vec<&str> = Code::ALL.iter().map(|c| c.text()).collect();
    constant(&mut out, "CODES", &codes, ": Code[]")?;
    let rules: Vec<Rule> = Preset::DECIDING
        .into_iter()
        .chain([Preset::Plurality, Preset::Survey])
        .map(Rule::preset)
        .collect();
    constant(&mut out, "RULES", &rules, ": Rule[]")?;
    constant(&mut out, "QUORUMS", &[QUORUM_COMMITTEE, QUORUM_CONGRESS], ": Test[]")?;
    constant(&mut out, "DEFAULT_SETTINGS", &Settings::default(), ": Settings")?;
    let kinds = [
        ItemKind::Decision,
        ItemKind::Report,
        ItemKind::Resolution,
        ItemKind::Plan,
        ItemKind::Personnel,
        ItemKind::Other,
    ];
    constant(&mut out, "ITEM_KINDS", &kinds, ": ItemKind[]")?;
    let services = [
        Service::Tea,
        Service::Stationery,
        Service::PrintedPaper,
        Service::Fault,
        Service::Microphone,
        Service::Staff,
    ];
    constant(&mut out, "SERVICES", &services, ": Service[]")?;
    for text in gather.types.values() {
        out.push('\n');
        out.push_str(text);
    }
    Ok(out)
}

#[test]
fn the_pages_know_the_same_protocol() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/web/src/wire.ts");
    let want = file().unwrap();
    if std::env::var_os("UPDATE_TYPES").is_some_and(|v| v == "1") {
        std::fs::write(&path, &want).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((n, (have, want))) =
        have.lines().zip(want.lines()).enumerate().find(|(_, (a, b))| a != b)
    {
        panic!(
            "server/web/src/wire.ts is stale at line {}:\n  has  {have}\n  want {want}\n\
             run: UPDATE_TYPES=1 cargo test -p hemicycle-protocol --test typescript",
            n + 1
        );
    }
    assert_eq!(have.len(), want.len(), "server/web/src/wire.ts is stale at its end");
}
