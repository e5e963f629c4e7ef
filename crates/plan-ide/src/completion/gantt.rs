//! In a `gantt` chart: bars of tasks that no chart has, the ids behind `after` and `until`, tags.

use std::collections::HashSet;

use plan_model::{
    Item, Meaning, Role,
    gantt::{Bar, Chart},
    quantity, reference,
};

use super::{
    Completion, CompletionKind,
    context::{Context, Surroundings},
    escape,
    order::{Order, charted},
};

const TAGS: [(&str, &str); 4] = [
    ("done", "the bar of a task that is done"),
    ("active", "the bar of a task that is being worked on"),
    ("crit", "a bar that must not be late"),
    ("milestone", "a point in time"),
];

/// So many tasks are offered: more than an answer holds, so that it says that there are more.
const OFFERED: usize = super::LIMIT + 10;

pub(super) fn bars(context: &Context<'_>) -> Vec<Completion> {
    // Blanks, colons and commas stand in every text; most of it is no chart.
    let Surroundings::Gantt(place) = context.surroundings() else { return Vec::new() };
    if !context.in_plan() {
        return Vec::new();
    }
    let charts = context.file.plan().charts();
    let Some((start, chart)) = charts.iter().find(|(start, _)| *start == place.start) else {
        return Vec::new();
    };
    if context.line_start == place.start || context.typed().trim_start().starts_with("%%") {
        return Vec::new();
    }
    let here = Here { context, start: *start, chart };
    match context.typed().find(':') {
        None => here.names(),
        Some(colon) => here.parts(colon),
    }
}

struct Here<'a> {
    context: &'a Context<'a>,
    start: usize,
    chart: &'a Chart,
}

impl Here<'_> {
    fn text(&self, range: &std::ops::Range<usize>) -> String {
        self.context.file.document().slice(self.start + range.start..self.start + range.end)
    }

    /// Whether a bar is that of the cursor's line.
    fn is_own(&self, bar: &Bar) -> bool {
        let at = self.start + bar.range.start;
        (self.context.line_start..=self.context.line_start + self.context.line.len()).contains(&at)
    }

    fn ids(&self) -> HashSet<String> {
        let bars = self.chart.bars.iter().filter(|bar| !self.is_own(bar));
        bars.filter_map(|bar| Some(self.text(bar.id.as_ref()?))).collect()
    }

    /// Whole bars, where a line begins.
    fn names(&self) -> Vec<Completion> {
        let context = self.context;
        let typed = context.typed();
        let bare = typed.trim_start();
        let rest = context.rest();
        if !rest.trim().is_empty() || bare.starts_with("section") || bare.starts_with("title") {
            return Vec::new();
        }
        let (plan, line) = (context.file.plan(), context.line_start);
        // What is being typed is no bar yet.
        let drawn: HashSet<usize> = plan
            .charts()
            .iter()
            .flat_map(|(start, chart)| charted(plan, *start, chart).into_iter().filter_map(|(_, item)| item))
            .collect();
        let order = Order::of(plan, context.at);
        let own_bars = charted(plan, self.start, self.chart);
        let used = self.ids();
        let range = line + (typed.len() - bare.len())..line + context.line.len();
        let wanted = bare.trim().to_lowercase();
        let shown = |item: &Item<'_>| {
            let written = item.id_range().map(|range| plan.document().slice(range)).unwrap_or_default();
            let word = if written.starts_with(|c: char| c.is_ascii_digit()) { "Task " } else { "" };
            format!("{word}{written} {}", item.title()).to_lowercase()
        };
        let missing = plan.items().filter(|item| {
            item.id().is_some()
                && item.role() == Role::Work
                && !drawn.contains(&item.index())
                // A bar that others wait for comes before theirs: it is drawn by hand.
                && !order.waiting_for(item.index()).iter().any(|later| drawn.contains(later))
                && (wanted.is_empty() || shown(item).contains(&wanted))
        });
        named(missing.take(OFFERED))
            .into_iter()
            .map(|(item, name)| {
                let start = self.start_of(&item, &order, &own_bars);
                let (length, is_known) =
                    length_of(&item).map_or(("1d".to_owned(), false), |days| (days, true));
                let id = fresh(&item, &used);
                let head = format!("{name} :{id}, {start}");
                let mut found = context.offer(CompletionKind::Item, &*name, item.title(), range.clone());
                found.filter = format!("{name} {}", found.detail);
                found.edit.text = format!("{head}{length}");
                found.snippet = (!is_known).then(|| format!("{}${{1:{length}}}$0", escape(&head)));
                found
            })
            .collect()
    }

    /// `after a, ` where it waits for bars of the chart; a day where there is no bar before it.
    fn start_of(&self, item: &Item<'_>, order: &Order<'_>, bars: &[(usize, Option<usize>)]) -> String {
        let waited = order.waits_for(item.index());
        let of_item = bars.iter().filter(|(_, other)| other.is_some_and(|other| waited.contains(&other)));
        let found: Vec<&Bar> = of_item.filter_map(|(bar, _)| self.chart.bars.get(*bar)).collect();
        let ids: Option<Vec<String>> = found.iter().map(|bar| Some(self.text(bar.id.as_ref()?))).collect();
        if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
            return format!("after {}, ", ids.join(" "));
        }
        if let Some(last) = found.iter().filter_map(|bar| Some(bar.days?.1)).max() {
            return format!("{last}, ");
        }
        let is_first = self.chart.bars.iter().all(|bar| self.is_own(bar));
        let text = self.context.file.document().slice(self.start..self.context.line_start);
        let iso = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("dateFormat"))
            .all(|format| format.trim().starts_with("YYYY-MM-DD"));
        let today = self.context.file.environment().today.clone();
        today.filter(|_| is_first && iso).map_or_else(String::new, |today| format!("{today}, "))
    }

    /// Tags and ids, behind the colon.
    fn parts(&self, colon: usize) -> Vec<Completion> {
        let context = self.context;
        let typed = context.typed();
        let start = typed[colon..].rfind(',').map_or(colon + 1, |comma| colon + comma + 1);
        let blanks = typed[start..].len() - typed[start..].trim_start().len();
        let part = &typed[start + blanks..];
        let before: Vec<&str> =
            typed[colon + 1..].split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let before = &before[..before.len() - usize::from(!part.is_empty()).min(before.len())];
        let rest = context.rest();
        let is_tag = |part: &str| TAGS.iter().any(|(tag, _)| *tag == part) || part == "vert";
        if let Some(list) = part.strip_prefix("after ").or_else(|| part.strip_prefix("until ")) {
            return self.waits(list, part.starts_with("after"));
        }
        let end = rest.find([',', ' ']).unwrap_or(rest.trim_end().len());
        let from = context.line_start + start + blanks;
        let range = from..context.at + end;
        let mut found = Vec::new();
        if before.iter().all(|part| is_tag(part)) {
            for (tag, what) in TAGS.iter().filter(|(tag, _)| !before.contains(tag)) {
                let mut offer = context.offer(CompletionKind::Value, *tag, *what, range.clone());
                let lead = if blanks == 0 && typed[..start].ends_with(',') { " " } else { "" };
                offer.edit.text = format!("{lead}{tag}");
                offer.commit = &[","];
                found.push(offer);
            }
        }
        let others = before.iter().filter(|part| !is_tag(part)).count();
        if others <= 1 && rest.trim().is_empty() && !before.is_empty() {
            let lead = if blanks == 0 { " " } else { "" };
            for (id, name) in self.open_ids(&[]) {
                let label = format!("after {id}");
                let mut offer = context.offer(CompletionKind::Reference, &*label, name, range.clone());
                offer.edit.text = format!("{lead}{label}, 1d");
                offer.snippet = Some(format!("{lead}{}, ${{1:1d}}$0", escape(&label)));
                found.push(offer);
            }
        }
        found
    }

    /// The ids of bars behind `after` or `until`.
    fn waits(&self, list: &str, is_after: bool) -> Vec<Completion> {
        let context = self.context;
        let word = list.rsplit(' ').next().unwrap_or_default();
        let listed: Vec<&str> = list[..list.len() - word.len()].split_whitespace().collect();
        let rest = context.rest();
        let end = rest.find([',', ' ']).unwrap_or(rest.trim_end().len());
        let range = context.at - word.len()..context.at + end;
        let ids = if is_after { self.open_ids(&listed) } else { self.all_ids(&listed) };
        ids.into_iter()
            .map(|(id, name)| {
                let mut offer = context.offer(CompletionKind::Reference, &*id, name, range.clone());
                offer.filter = format!("{id} {}", offer.detail);
                offer.commit = &[","];
                offer
            })
            .collect()
    }

    fn all_ids(&self, listed: &[&str]) -> Vec<(String, String)> {
        let bars = self.chart.bars.iter().filter(|bar| !self.is_own(bar));
        let ids = bars.filter_map(|bar| Some((self.text(bar.id.as_ref()?), self.text(&bar.name))));
        ids.filter(|(id, _)| !listed.contains(&id.as_str())).collect()
    }

    /// Those that do not start after the line's own bar themselves, the nearest before it first.
    fn open_ids(&self, listed: &[&str]) -> Vec<(String, String)> {
        let own = self.chart.bars.iter().position(|bar| self.is_own(bar));
        let own_id = own.and_then(|own| Some(self.text(self.chart.bars[own].id.as_ref()?)));
        let mut later: HashSet<String> = own_id.into_iter().collect();
        for _ in 0..self.chart.bars.len().min(64) {
            let before = later.len();
            for bar in self.chart.bars.iter().filter(|bar| !self.is_own(bar)) {
                if bar.after.iter().any(|id| later.contains(&self.text(id))) {
                    later.extend(bar.id.as_ref().map(|id| self.text(id)));
                }
            }
            if later.len() == before {
                break;
            }
        }
        let mut ids = self.all_ids(listed);
        ids.retain(|(id, _)| !later.contains(id));
        ids.reverse();
        ids
    }
}

/// What bars of items are called: their ids with a word. Those are left out that would be read as something else.
fn named<'a>(items: impl Iterator<Item = Item<'a>>) -> Vec<(Item<'a>, String)> {
    let mut found: Vec<(Item<'a>, String)> = Vec::new();
    let mut names = Vec::new();
    for item in items {
        let Some(range) = item.id_range() else { continue };
        let written = item.plan().document().slice(range);
        let written = written.trim_matches(|c: char| matches!(c, '*' | '_' | '[' | ']' | '`' | ' '));
        let name = match written.starts_with(|c: char| c.is_ascii_digit()) {
            true => format!("Task {written}"),
            false => written.to_owned(),
        };
        let mut value = reference::read(&name);
        if let (Some(read), true) = (value.names.pop(), value.names.is_empty())
            && !name.contains([':', ';', '#', ','])
        {
            names.push(read);
            found.push((item, name));
        }
    }
    let Some((first, _)) = found.first() else { return found };
    // One look-up for all: each reads the whole plan.
    let value = reference::Value { class: reference::Class::List, names, strict: true, all: None };
    let resolved = first.plan().resolve(&value, 0, None);
    let leads_to = |(item, _): &(Item<'_>, String), targets: &[(plan_model::Id, Option<usize>)]| matches!(targets, [(_, Some(found))] if *found == item.index());
    let pairs = found.into_iter().zip(resolved);
    pairs.filter(|(item, name)| leads_to(item, &name.targets)).map(|(item, _)| item).collect()
}

/// An id that no bar has: `t1_2`.
fn fresh(item: &Item<'_>, used: &HashSet<String>) -> String {
    let id = item.id().map(ToString::to_string).unwrap_or_default();
    let id = id.replace("phase ", "p").to_lowercase();
    let plain: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let id = if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("t{plain}") } else { plain };
    let mut found = id.clone();
    let mut count = 1;
    while used.contains(&found) {
        count += 1;
        found = format!("{id}_{count}");
    }
    found
}

/// How long an item takes, as mermaid writes it.
fn length_of(item: &Item<'_>) -> Option<String> {
    let estimate = item.field(Meaning::Estimate).or_else(|| item.field(Meaning::Duration))?;
    let found = quantity::duration(&estimate.value)?;
    let unit = match found.unit {
        quantity::Unit::Minute => "m",
        quantity::Unit::Hour => "h",
        quantity::Unit::Day => "d",
        quantity::Unit::Week => "w",
        quantity::Unit::Month => "M",
    };
    Some(format!("{}{unit}", found.most))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::completion::testing::check;

    const PLAN: &str = "# Plan: x\n\n- [ ] **Task 1.1**: Copy\n  - Estimate: 2 days\n- [ ] **Task 1.2**: Move\n  - Estimate: 3d\n  - Depends on: Task 1.1\n- [ ] **Task 1.3**: Rest\n\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n";

    fn chart(lines: &str, expect: Expect) {
        check(&format!("{PLAN}{lines}\n```\n"), expect);
    }

    #[test]
    fn tasks_not_drawn_yet() {
        chart(
            "    $0",
            expect![[r#"
            Task 1.1 (Copy):     Task 1.1 :t1_1, 2026-11-21, 2d
            Task 1.2 (Move):     Task 1.2 :t1_2, 2026-11-21, 3d
            Task 1.3 (Rest):     Task 1.3 :t1_3, 2026-11-21, 1d"#]],
        );
        chart(
            "    Task 1.1 :t1, 2026-03-02, 2d\n    Ta$0",
            expect![[r#"
            Task 1.2 (Move):     Task 1.2 :t1_2, after t1, 3d
            Task 1.3 (Rest):     Task 1.3 :t1_3, 1d"#]],
        );
    }

    #[test]
    fn ids_and_tags() {
        chart(
            "    Task 1.1 :t1, 2026-03-02, 2d\n    Task 1.2 :t2, after t1, 2d\n    Task 1.3 :t3, after $0, 1d",
            expect![[r#"
                t2 (Task 1.2):     Task 1.3 :t3, after t2, 1d
                t1 (Task 1.1):     Task 1.3 :t3, after t1, 1d"#]],
        );
        chart(
            "    Task 1.1 :t1, after $0, 2d\n    Task 1.2 :t2, after t1, 2d\n    Task 1.3 :t3, 2026-03-02, 1d",
            expect!["t3 (Task 1.3):     Task 1.1 :t1, after t3, 2d"],
        );
        chart(
            "    Task 1.1 :t1, 2026-03-02, 2d\n    Task 1.2 :crit, $0",
            expect![[r#"
            done (the bar of a task that is done):     Task 1.2 :crit, done
            active (the bar of a task that is being worked on):     Task 1.2 :crit, active
            milestone (a point in time):     Task 1.2 :crit, milestone
            after t1 (Task 1.1):     Task 1.2 :crit, after t1, 1d"#]],
        );
        chart(
            "    Task 1.1 :$0",
            expect![[r#"
            done (the bar of a task that is done):     Task 1.1 :done
            active (the bar of a task that is being worked on):     Task 1.1 :active
            crit (a bar that must not be late):     Task 1.1 :crit
            milestone (a point in time):     Task 1.1 :milestone"#]],
        );
    }
}
