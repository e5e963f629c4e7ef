//! What must hold of every change that we offer: it does what it says, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use plan_ide::{Edit, File, editing::states::Writer};
use plan_model::{CarrierKind, Item, ItemKind, State};
use plan_syntax::Document;
use plan_test::real_documents;

fn apply(text: &str, edits: &[Edit]) -> String {
    let edits: Vec<_> = edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
    plan_test::apply(text, &edits)
}

/// So many items of a document are tried: some hundred plans have some hundred each.
const TRIED: usize = if cfg!(debug_assertions) { 2 } else { 24 };

fn some<T>(all: Vec<T>) -> Vec<T> {
    let step = (all.len() / TRIED).max(1);
    all.into_iter().step_by(step).take(TRIED).collect()
}

/// What is to stay as it is when something else changes.
fn facts(file: &File) -> Vec<(ItemKind, Option<String>, String, Option<State>)> {
    let facts = file
        .plan()
        .items()
        .map(|item| (item.kind(), item.id().map(ToString::to_string), item.title(), item.state()));
    facts.collect()
}

/// Whether an item's carriers contradict each other about being done.
fn agrees(item: &Item<'_>) -> bool {
    let done = item.state() == Some(State::Done);
    item.carriers()
        .filter(|(kind, ..)| !matches!(kind, CarrierKind::Word | CarrierKind::Strikethrough))
        .filter_map(|(_, _, said)| said)
        .all(|said| (said == State::Done) == done)
}

#[test]
fn a_state_is_set_in_all_carriers_and_nothing_else_changes() {
    let mut set = 0;
    let mut wrong = Vec::new();
    for (name, text) in real_documents() {
        let file = File::new(name.as_str(), Document::new(&text));
        let before = facts(&file);
        // Bullets with emoji are tasks only together.
        let items = file.plan().items().filter(|item| item.form() != CarrierKind::Emoji);
        for item in some(items.collect()) {
            for to in State::ALL {
                let edits = Writer::new(&file).set(&item, to);
                if edits.is_empty() {
                    continue;
                }
                set += 1;
                let changed = apply(&text, &edits);
                let after_file = File::new(name.as_str(), Document::new(&changed));
                let mut after = facts(&after_file);
                let line = text[item.line()].lines().next().unwrap_or_default().to_owned();
                let here = format!("{name}: {line:?} to {to:?}");
                let Some(now) = after_file.plan().item(item.index()).filter(|_| after.len() == before.len())
                else {
                    wrong.push(format!("{here}: {} items became {}", before.len(), after.len()));
                    continue;
                };
                if item.kind() == ItemKind::Task && now.state() != Some(to) {
                    wrong.push(format!("{here}: is {:?}", now.state()));
                } else if matches!(to, State::Done | State::Open) && !agrees(&now) {
                    wrong.push(format!(
                        "{here}: carriers disagree: {:?}",
                        now.carriers()
                            .map(|(kind, place, _)| (kind, changed[place].to_owned()))
                            .collect::<Vec<_>>()
                    ));
                }
                after[item.index()] = before[item.index()].clone();
                for (index, (old, new)) in before.iter().zip(&after).enumerate() {
                    // Two places with one id share an entry of the front matter.
                    let same_id = old.1.is_some() && old.1 == before[item.index()].1;
                    if old != new && !same_id {
                        wrong.push(format!("{here}: item {index} was {old:?}, is {new:?}"));
                    }
                }
            }
        }
    }
    assert!(set > 100, "{set}");
    assert!(wrong.is_empty(), "{} of {set}:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}
