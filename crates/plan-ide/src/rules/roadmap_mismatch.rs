//! The rule `roadmap-mismatch`.

use std::collections::{BTreeMap, HashSet};

use plan_model::TextRange;
use plan_schema::{DocumentKind, family::DocumentRole};
use plan_syntax::{BlockKind, Content, outline::bytes};

use super::{Check, Group, Rule, common::plural};
use crate::{Edit, File, Finding, Severity, Workspace, sets::wave::plan_name, workspace::path};

pub(super) const RULE: Rule = Rule {
    name: "roadmap-mismatch",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist, DocumentKind::Specification],
    summary: "roadmap and plans of a phase disagree",
    doc: "\
## What it checks

In the `ROADMAP.md` of a GSD project:

- a checked phase with an unchecked plan
- an unchecked plan that has a summary, unless the summary states that the plan was halted
- a checked plan without a summary, if the folder of its phase exists
- a number such as `1/3` in the progress table that matches neither the checkboxes nor the summaries of the phase

Collapsed milestones (`<details>`) are not checked. A phase can stay open after all its plans are done, for example until it is verified.

## Why

The roadmap determines which phase is next.

## Example

<!-- file: .planning/ROADMAP.md -->
<!-- sibling: .planning/phases/02-export/02-01-PLAN.md: ---\\nphase: 02-export\\n---\\n -->
<!-- sibling: .planning/phases/02-export/02-01-SUMMARY.md: # Summary\\n -->

Incorrect, if `02-01-SUMMARY.md` exists:

```markdown
# Roadmap

- [ ] **Phase 2: Export** - CSV files

### Phase 2: Export

Plans:
- [ ] 02-01-PLAN.md — Write the rows
```

Correct:

```markdown
# Roadmap

- [ ] **Phase 2: Export** - CSV files

### Phase 2: Export

Plans:
- [x] 02-01-PLAN.md — Write the rows
```

## Fix

Check the phase or plan, or correct the number.
",
    check: Check::Workspace(check, None),
};

/// An entry with a checkbox for a phase or plan.
struct RoadmapEntry {
    /// Number of the phase, or name of the plan without leading zeros.
    name: String,
    /// Name as written.
    written: String,
    is_done: bool,
    /// Range of the text after the checkbox.
    range: TextRange,
    /// Range of the character in the checkbox.
    character: TextRange,
}

/// Content of a roadmap.
#[derive(Default)]
struct Roadmap {
    phases: Vec<RoadmapEntry>,
    plans: Vec<RoadmapEntry>,
    /// Rows of the progress table: phase, number of done plans, number of all plans, and range of the two numbers.
    progress: Vec<(String, usize, usize, TextRange)>,
}

/// The plans, summaries and halted plans of a project, by plan name: `02-01`.
#[derive(Default)]
struct Files {
    plans: HashSet<String>,
    summaries: HashSet<String>,
    halted: HashSet<String>,
}

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(facts) = file.family_facts().filter(|facts| facts.role == DocumentRole::Index) else { return };
    let Some(family) = file.environment().families.all().get(facts.family) else { return };
    if !workspace.is_complete || !family.has_reader("gsd-summary") {
        return;
    }
    let roadmap = Roadmap::read(file);
    let mut files = Files::default();
    for (path, other) in workspace.index.documents_with(facts).filter(|(_, other)| !other.archived) {
        let name = path::name(path);
        let name = name.strip_suffix(".md").unwrap_or(name).to_lowercase();
        if let Some(plan) = name.strip_suffix("-summary") {
            let status = other.stated.as_ref().and_then(|stated| stated.status.as_ref());
            if status.is_some_and(|status| status.text.to_lowercase().starts_with("halted")) {
                files.halted.insert(number_of(plan));
            }
            files.summaries.insert(number_of(plan));
            // `09-01-02-SUMMARY.md` summarizes two plans.
            let mut numbers = plan.split('-').filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            if let Some(phase) = numbers.next() {
                files.summaries.extend(numbers.map(|number| number_of(&format!("{phase}-{number}"))));
            }
        } else if let Some(plan) = name.strip_suffix("-plan") {
            files.plans.insert(number_of(plan));
        }
    }
    check_plans(&roadmap, &files, findings);
    check_phases(&roadmap, &files, findings);
    check_progress(&roadmap, &files, findings);
}

/// Checks the plans of each phase against their summaries, with one finding for the plans of a phase.
fn check_plans(roadmap: &Roadmap, files: &Files, findings: &mut Vec<Finding>) {
    let mut by_phase: BTreeMap<(String, bool), Vec<&RoadmapEntry>> = BTreeMap::new();
    for plan in &roadmap.plans {
        let has_summary = files.summaries.contains(&plan.name);
        let is_wrong = match plan.is_done {
            false => has_summary && !files.halted.contains(&plan.name),
            true => !has_summary && files.plans.contains(&plan.name),
        };
        if is_wrong {
            by_phase.entry((phase_of(&plan.name).to_owned(), plan.is_done)).or_default().push(plan);
        }
    }
    // If no plan of a roadmap is checked, report this only once.
    if by_phase.len() > 1 && roadmap.plans.iter().all(|plan| !plan.is_done) {
        let all: Vec<&RoadmapEntry> = by_phase.into_values().flatten().collect();
        by_phase = BTreeMap::from([((String::new(), false), all)]);
    }
    for ((_, is_done), plans) in by_phase {
        let Some((first, others)) = plans.split_first() else { continue };
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        let name = &first.written;
        let are = if others.is_empty() { "is" } else { "are" };
        let have = if others.is_empty() { "has" } else { "have" };
        let message = match is_done {
            false => format!("plan `{name}`{more} {are} unchecked, but {have} a summary"),
            true => format!("plan `{name}`{more} {are} checked, but {have} no summary"),
        };
        let finding = Finding::new(&RULE, first.range.clone(), message);
        let mut finding = finding.list(others.iter().map(|plan| (plan.range.clone(), "same problem here")));
        if !is_done {
            let edits = plans.iter().map(|plan| Edit::replace(plan.character.clone(), "x"));
            finding = finding.fix("Check executed plans", edits.collect(), false);
        }
        findings.push(finding);
    }
}

fn check_phases(roadmap: &Roadmap, files: &Files, findings: &mut Vec<Finding>) {
    for phase in roadmap.phases.iter().filter(|phase| phase.is_done) {
        // Executed plans are reported separately.
        let open = roadmap.plans.iter().filter(|plan| {
            !plan.is_done && phase_of(&plan.name) == phase.name && !files.summaries.contains(&plan.name)
        });
        let open: Vec<&RoadmapEntry> = open.collect();
        if let Some(first) = open.first() {
            let message = format!("phase {} is checked, but plan `{}` is open", phase.written, first.written);
            let listed = open.iter().map(|plan| (plan.range.clone(), "open plan"));
            findings.push(Finding::new(&RULE, phase.range.clone(), message).list(listed));
        }
    }
}

fn check_progress(roadmap: &Roadmap, files: &Files, findings: &mut Vec<Finding>) {
    for (phase, done, total, range) in &roadmap.progress {
        let listed = || roadmap.plans.iter().filter(|plan| phase_of(&plan.name) == phase);
        let in_phase = |names: &HashSet<String>| names.iter().filter(|name| phase_of(name) == phase).count();
        let checkboxes = (listed().filter(|plan| plan.is_done).count(), listed().count());
        let executed = (in_phase(&files.summaries), in_phase(&files.plans));
        if checkboxes.1 == 0 || executed.1 == 0 {
            continue;
        }
        if (*done != checkboxes.0 && *done != executed.0) || (*total != checkboxes.1 && *total != executed.1)
        {
            let message = format!(
                "progress of phase {phase} is `{done}/{total}`, but {} of {} {} executed",
                executed.0,
                plural(executed.1, "plan"),
                if executed.0 == 1 { "is" } else { "are" },
            );
            let text = format!("{}/{}", executed.0, executed.1);
            let finding = Finding::new(&RULE, range.clone(), message);
            findings.push(finding.fix(
                format!("Replace with `{text}`"),
                vec![Edit::replace(range.clone(), text)],
                false,
            ));
        }
    }
}

impl Roadmap {
    fn read(file: &File) -> Self {
        let mut roadmap = Self::default();
        let document = file.plan().document();
        let mut collapsed = 0usize;
        for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
            roadmap.segment(start, document.content(start, segment), &mut collapsed);
        }
        roadmap
    }

    fn segment(&mut self, start: usize, content: &Content, collapsed: &mut usize) {
        let outline = &content.outline;
        let at = |from: u32, to: u32| start + from as usize..start + to as usize;
        for (index, block) in outline.blocks.iter().enumerate() {
            match &block.kind {
                BlockKind::Html { .. } => {
                    let text = content.text[bytes(&block.span)].to_lowercase();
                    *collapsed += text.matches("<details").count();
                    *collapsed = collapsed.saturating_sub(text.matches("</details").count());
                }
                _ if *collapsed > 0 => {}
                BlockKind::Item { checkbox: Some(checkbox), .. } => {
                    let Some(span) = outline.inline(index + 1).next() else { continue };
                    let from = checkbox.span.end.max(span.start);
                    let source = &content.text[from as usize..span.end as usize];
                    let character = checkbox.character();
                    let mark = &content.text[bytes(&character)];
                    let text = source.trim_start();
                    let from = from + (source.len() - text.len()) as u32;
                    let entry = |(name, written): (String, &str)| RoadmapEntry {
                        name,
                        written: written.to_owned(),
                        is_done: matches!(mark, "x" | "X"),
                        range: at(from, span.end),
                        character: at(character.start, character.end),
                    };
                    if let Some(name) = plan_in(text) {
                        self.plans.push(entry(name));
                    } else if let Some(name) = phase_in(text.trim_start_matches('*')) {
                        self.phases.push(entry(name));
                    }
                }
                BlockKind::Row { .. } => {
                    let cells: Vec<usize> = outline.children(index).collect();
                    let Some((first, rest)) = cells.split_first() else { continue };
                    let title = content.text[bytes(&outline.blocks[*first].span)].trim().trim_matches('*');
                    let phase = phase_in(title).map(|(phase, _)| phase).or_else(|| number_before_dot(title));
                    let Some(phase) = phase else { continue };
                    for cell in rest {
                        let span = &outline.blocks[*cell].span;
                        let text = &content.text[bytes(span)];
                        let value = text.trim();
                        let counts = value
                            .split_once('/')
                            .and_then(|(done, total)| Some((done.parse().ok()?, total.parse().ok()?)));
                        if let Some((done, total)) = counts {
                            let from = span.start + (text.len() - text.trim_start().len()) as u32;
                            self.progress.push((
                                phase.clone(),
                                done,
                                total,
                                at(from, from + value.len() as u32),
                            ));
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// Returns the plan at the start of an entry, without leading zeros and as written: `02-01` of `02-01-PLAN.md — Writer` or
/// `02-01: Writer`.
fn plan_in(text: &str) -> Option<(String, &str)> {
    let word = text.trim_start_matches(['*', '`', '[']).split([' ', '*', '`', ']', ':', '—']).next()?;
    let name = plan_name(word);
    let (phase, plan) = name.rsplit_once('-')?;
    let is_number =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_number(phase.rsplit('-').next()?) && is_number(plan)).then(|| (number_of(name), name))
}

/// Returns the number of a phase at the start of a text, without leading zeros and as written: `2` of `Phase 2: Export`.
pub(super) fn phase_in(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix("Phase ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let number = rest[..end].trim_end_matches('.');
    (!number.is_empty()).then(|| (without_zeros(number), number))
}

/// Returns the number at the start of a cell: `2` of `2. Export`.
fn number_before_dot(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number = text[..end].strip_suffix('.')?;
    (!number.is_empty()).then(|| without_zeros(number))
}

fn without_zeros(number: &str) -> String {
    number.trim_start_matches('0').to_owned()
}

/// Returns the name of a plan without leading zeros in the number of its phase.
fn number_of(name: &str) -> String {
    without_zeros(name)
}

/// Returns the phase of a plan by its name: `2` of `2-01`.
fn phase_of(name: &str) -> &str {
    name.rsplit_once('-').map_or(name, |(phase, _)| phase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    fn found(roadmap: &str, files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(name, text)| (format!("/w/.planning/phases/02-a/{name}.md"), *text));
        let files: Vec<(String, &str)> = files.collect();
        let mut all = vec![("/w/.planning/ROADMAP.md", roadmap)];
        all.extend(files.iter().map(|(path, text)| (path.as_str(), *text)));
        findings_among(&RULE, &all)
    }

    #[test]
    fn plans_and_summaries() {
        let roadmap = "# Roadmap\n\n- [ ] **Phase 2: Export** - CSV\n\n### Phase 2: Export\n\nPlans:\n- [ ] 02-01-PLAN.md — Rows\n- [x] 02-02-PLAN.md — Quotes\n";
        let plans = [("02-01-PLAN", "# P\n"), ("02-02-PLAN", "# P\n")];
        let summary = |name, text| [plans[0], plans[1], (name, text)];
        assert_eq!(
            found(roadmap, &summary("02-01-SUMMARY", "# S\n")),
            [
                "plan `02-01` is unchecked, but has a summary -> - [x] 02-01-PLAN.md — Rows",
                "plan `02-02` is checked, but has no summary",
            ]
        );
        assert_eq!(found(roadmap, &summary("02-02-SUMMARY", "# S\n")), [""; 0]);
        let done = roadmap.replace("[ ] 02-01", "[x] 02-01");
        assert_eq!(found(&done, &summary("02-01-02-SUMMARY", "# S\n")), [""; 0]);
        let halted = "---\nstatus: halted\n---\n\n# S\n";
        assert_eq!(found(roadmap, &[plans[0], ("02-01-SUMMARY", halted)]), [""; 0]);
        let collapsed = format!("<details>\n\n{roadmap}\n</details>\n");
        assert_eq!(found(&collapsed, &summary("02-01-SUMMARY", "# S\n")), [""; 0]);
    }

    #[test]
    fn plans_that_are_never_checked() {
        let roadmap = "# Roadmap\n\n- [x] **Phase 1: Rows**\n- [x] **Phase 2: Quotes**\n\n### Phase 1: Rows\n\n- [ ] 01-01-PLAN.md — Rows\n\n### Phase 2: Quotes\n\n- [ ] 02-01-PLAN.md — Quotes\n";
        let files = [("01-01-PLAN", "# P\n"), ("01-01-SUMMARY", "# S\n"), ("02-01-SUMMARY", "# S\n")];
        assert_eq!(
            found(roadmap, &files),
            ["plan `01-01` and 1 more are unchecked, but have a summary -> - [x] 01-01-PLAN.md — Rows"]
        );
    }

    #[test]
    fn phases_and_progress() {
        let roadmap = "# Roadmap\n\n- [x] **Phase 2: Export** - CSV\n\nPlans:\n- [ ] 02-01-PLAN.md — Rows\n";
        assert_eq!(
            found(roadmap, &[("02-01-PLAN", "# P\n")]),
            ["phase 2 is checked, but plan `02-01` is open"]
        );
        let table = |value: &str| {
            format!(
                "# Roadmap\n\n- [x] 02-01-PLAN.md — Rows\n\n| Phase | Plans Complete | Status |\n|---|---|---|\n| 2. Export | {value} | Complete |\n"
            )
        };
        let files = [("02-01-PLAN", "# P\n"), ("02-01-SUMMARY", "# S\n")];
        assert_eq!(
            found(&table("0/1"), &files),
            ["progress of phase 2 is `0/1`, but 1 of 1 plan is executed -> | 2. Export | 1/1 | Complete |"]
        );
        assert_eq!(found(&table("1/1"), &files), [""; 0]);
        assert_eq!(found(&table("1/1 plans"), &files), [""; 0]);
    }

    #[test]
    fn names() {
        assert_eq!(plan_in("02.1-03-PLAN.md — x"), Some(("2.1-03".to_owned(), "02.1-03")));
        assert_eq!(plan_in("**[02-01](phases/x)** x"), Some(("2-01".to_owned(), "02-01")));
        assert_eq!(plan_in("2026-style plans"), None);
        assert_eq!(phase_in("Phase 02.1: x"), Some(("2.1".to_owned(), "02.1")));
        assert_eq!(number_before_dot("2. Export").as_deref(), Some("2"));
        assert_eq!(number_before_dot("2 plans"), None);
    }
}
