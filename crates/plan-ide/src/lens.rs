//! Code lenses: progress and next task at the title, commands at phases.

use plan_model::{Item, ItemKind, Progress};

use crate::{File, TextRange, next::full_name, schedule::schedule};

/// Enabled lenses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LensOptions {
    /// A lens at the title: progress and the next task. On by default.
    pub title: bool,
    /// Lenses at the headings of phases: toggling or completing their tasks. Off by default.
    pub phases: bool,
}

impl Default for LensOptions {
    fn default() -> Self {
        Self { title: true, phases: false }
    }
}

/// Action of a lens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LensAction {
    /// No action: the lens only shows information.
    None,
    /// Shows the task at this offset.
    Show(usize),
    /// Toggles the tasks of the phase with this heading.
    Toggle(TextRange),
    /// Completes the phase with this heading and its tasks.
    Complete(TextRange),
    /// Opens the document with this name in the document set.
    Open(String),
}

/// A text displayed above a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// Range that the text describes, on one line.
    pub range: TextRange,
    /// Displayed text.
    pub title: String,
    /// Action on click.
    pub action: LensAction,
}

/// Returns the lenses of a plan or checklist in document order. Empty for other documents.
pub fn lenses(file: &File, options: LensOptions) -> Vec<Lens> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let mut found = Vec::new();
    if options.title {
        found.extend(title_lens(file));
    }
    if options.phases {
        for section in file.plan().sections() {
            let phase = section.item().filter(|item| item.kind() == ItemKind::Phase);
            found.extend(phase.into_iter().flat_map(|phase| phase_lenses(&phase, section.text_range())));
        }
    }
    found.sort_by_key(|lens| lens.range.start);
    found
}

fn title_lens(file: &File) -> Option<Lens> {
    let plan = file.plan();
    let progress = plan.progress();
    let next = file.next_tasks().first().and_then(|index| plan.item(*index));
    if progress.total == 0 && next.is_none() {
        return None;
    }
    let range = plan.title_range().map_or(0..0, |title| first_line(file, &title));
    let mut title = progress_text(progress);
    let action = match next {
        Some(task) => {
            title.push_str(&format!(" · next: {}", truncated(&full_name(&task))));
            LensAction::Show(task.line().start)
        }
        None => {
            if progress.done < progress.total {
                title.push_str(" · no tasks ready");
            }
            LensAction::None
        }
    };
    if progress.done < progress.total
        && let Some(end) = end_text(file)
    {
        title.push_str(&format!(" · {end}"));
    }
    Some(Lens { range, title, action })
}

/// Returns the text about the end of the plan: `ends 2027-01-29, 6 days late`. `None` if nothing is scheduled.
fn end_text(file: &File) -> Option<String> {
    let schedule = schedule(file);
    let is_known = schedule.entries.iter().any(|entry| entry.slack.is_some() && entry.end == schedule.end);
    let end = schedule.end.filter(|_| is_known)?;
    Some(match schedule.days_after_target() {
        Some(1) => format!("ends {end}, 1 day late"),
        Some(days @ 2..) => format!("ends {end}, {days} days late"),
        _ => format!("ends {end}"),
    })
}

fn phase_lenses(phase: &Item<'_>, heading: TextRange) -> Vec<Lens> {
    let progress = phase.progress();
    if progress.total == 0 {
        return Vec::new();
    }
    let (range, left) = (heading.clone(), progress.total - progress.done);
    let toggle = Lens {
        range: heading.clone(),
        title: if left > 0 { "Complete all tasks" } else { "Reopen all tasks" }.to_owned(),
        action: LensAction::Toggle(heading.clone()),
    };
    if left == 0 {
        return vec![toggle];
    }
    let tasks = if left == 1 { "open task".to_owned() } else { format!("{left} open tasks") };
    let title = format!("Complete phase and its {tasks}");
    vec![toggle, Lens { range, title, action: LensAction::Complete(heading) }]
}

/// Formats progress: `3 of 7 done (42%)`.
fn progress_text(progress: Progress) -> String {
    match progress.percent() {
        Some(percent) => format!("{} of {} done ({percent}%)", progress.done, progress.total),
        None => "only optional tasks".to_owned(),
    }
}

/// Returns the range of the first line of a range, without its newline.
fn first_line(file: &File, range: &TextRange) -> TextRange {
    let text = file.document().slice(range.clone());
    range.start..range.start + text.find(['\n', '\r']).unwrap_or(text.len())
}

/// Truncates a name to fit on a line.
fn truncated(name: &str) -> String {
    const MAX_CHARS: usize = 60;
    if name.chars().count() <= MAX_CHARS {
        return name.to_owned();
    }
    let kept: String = name.chars().take(MAX_CHARS - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;

    fn check(text: &str, options: LensOptions, expect: Expect) {
        let file = File::new("plan.md", Document::new(text));
        let shown: Vec<String> = lenses(&file, options)
            .into_iter()
            .map(|lens| {
                let at = |place: &TextRange| text[place.clone()].to_owned();
                let action = match &lens.action {
                    LensAction::None => "nothing".to_owned(),
                    LensAction::Show(at) => {
                        format!("show {:?}", text[*at..].lines().next().unwrap_or_default())
                    }
                    LensAction::Toggle(place) => format!("toggle {:?}", at(place)),
                    LensAction::Open(name) => format!("open {name}"),
                    LensAction::Complete(place) => format!("complete {:?}", at(place)),
                };
                format!("{:?}: {}: {action}", at(&lens.range), lens.title)
            })
            .collect();
        expect.assert_eq(&shown.join("\n"));
    }

    const TEXT: &str = "# Plan: Move\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n\n## Phase 2: B ✅\n\n- [x] b\n- [ ] c\n- [ ] d\n";

    #[test]
    fn at_the_title() {
        check(
            TEXT,
            LensOptions::default(),
            expect![[r#""Plan: Move": 2 of 4 done (50%) · next: c: show "- [ ] c""#]],
        );
        check("- [x] a\n- [x] b\n", LensOptions::default(), expect![[r#""": 2 of 2 done (100%): nothing"#]]);
        check(
            "# Plan: x\n\n- [!] a\n",
            LensOptions::default(),
            expect![[r#""Plan: x": 0 of 1 done (0%) · no tasks ready: nothing"#]],
        );
    }

    #[test]
    fn the_end_of_the_schedule() {
        let title = |target: &str| {
            let text = format!("# Plan: x\n\n{target}- [x] a\n- [ ] b\n  - Estimate: 3 days\n");
            let environment =
                crate::Environment { today: Some("2026-11-20".into()), ..crate::Environment::default() };
            let file =
                File::with_environment("plan.md", Document::new(&text), std::sync::Arc::new(environment));
            lenses(&file, LensOptions::default())[0].title.clone()
        };
        assert_eq!(title(""), "1 of 2 done (50%) · next: b · ends 2026-11-24");
        assert_eq!(
            title("**Target**: 2026-11-22\n\n"),
            "1 of 2 done (50%) · next: b · ends 2026-11-24, 2 days late"
        );
    }

    #[test]
    fn at_phases() {
        check(
            TEXT,
            LensOptions { title: false, phases: true },
            expect![[r#"
                "Phase 1: A": Reopen all tasks: toggle "Phase 1: A"
                "Phase 2: B ✅": Complete all tasks: toggle "Phase 2: B ✅"
                "Phase 2: B ✅": Complete phase and its 2 open tasks: complete "Phase 2: B ✅""#]],
        );
    }

    #[test]
    fn empty_for_ordinary_text() {
        check("# Title\n\ntext\n", LensOptions { title: true, phases: true }, expect![""]);
    }
}
