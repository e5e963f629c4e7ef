//! Code lenses: progress and the next task at the top, commands at phases.

use plan_model::{Item, ItemKind, Progress};

use crate::{File, Place, actions::is_ours, next::full_name};

/// Which lenses are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LensSwitches {
    /// One at the top of the document: its progress and the next task. On by default.
    pub top: bool,
    /// At the headings of phases: toggling their tasks, and completing them. Off by default.
    pub phases: bool,
}

impl Default for LensSwitches {
    fn default() -> Self {
        Self { top: true, phases: false }
    }
}

/// What a lens does when it is clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LensAction {
    /// Nothing: it only says something.
    None,
    /// Shows the task that starts at this byte.
    Show(usize),
    /// Toggles the tasks of the phase with this heading.
    Toggle(Place),
    /// Completes the phase with this heading and its tasks.
    Complete(Place),
}

/// A text above a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// What it is about, on one line.
    pub range: Place,
    /// What it says.
    pub title: String,
    /// What it does.
    pub action: LensAction,
}

/// The lenses of a plan or checklist in document order; nothing for other documents.
pub fn lenses(file: &File, switches: LensSwitches) -> Vec<Lens> {
    if !is_ours(file) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if switches.top {
        found.extend(top(file));
    }
    if switches.phases {
        for section in file.plan().sections() {
            let phase = section.item().filter(|item| item.kind() == ItemKind::Phase);
            found.extend(phase.into_iter().flat_map(|phase| phase_lenses(&phase, section.text_range())));
        }
    }
    found.sort_by_key(|lens| lens.range.start);
    found
}

fn top(file: &File) -> Option<Lens> {
    let plan = file.plan();
    let progress = plan.progress();
    let next = file.next_tasks().first().and_then(|index| plan.item(*index));
    if progress.total == 0 && next.is_none() {
        return None;
    }
    let range = plan.title_range().map_or(0..0, |title| first_line(file, &title));
    let mut title = said(progress);
    let action = match next {
        Some(task) => {
            title.push_str(&format!(" · next: {}", shortened(&full_name(&task))));
            LensAction::Show(task.line().start)
        }
        None => {
            if progress.done < progress.total {
                title.push_str(" · nothing can be started");
            }
            LensAction::None
        }
    };
    Some(Lens { range, title, action })
}

fn phase_lenses(phase: &Item<'_>, heading: Place) -> Vec<Lens> {
    let progress = phase.progress();
    if progress.total == 0 {
        return Vec::new();
    }
    let (range, left) = (heading.clone(), progress.total - progress.done);
    let toggle = Lens {
        range: heading.clone(),
        title: if left > 0 { "Mark all tasks as done" } else { "Mark all tasks as open" }.to_owned(),
        action: LensAction::Toggle(heading.clone()),
    };
    if left == 0 {
        return vec![toggle];
    }
    let tasks = if left == 1 { "open task".to_owned() } else { format!("{left} open tasks") };
    let title = format!("Complete the phase with its {tasks}");
    vec![toggle, Lens { range, title, action: LensAction::Complete(heading) }]
}

/// `3 of 7 done (42 %)`
fn said(progress: Progress) -> String {
    match progress.percent() {
        Some(percent) => format!("{} of {} done ({percent} %)", progress.done, progress.total),
        None => "only optional tasks".to_owned(),
    }
}

/// The first line of a range.
fn first_line(file: &File, range: &Place) -> Place {
    let text = file.document().slice(range.clone());
    range.start..range.start + text.find(['\n', '\r']).unwrap_or(text.len())
}

/// A name that fits on a line.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 60;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(LONGEST - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;

    fn check(text: &str, switches: LensSwitches, expect: Expect) {
        let file = File::new("plan.md", Document::new(text));
        let shown: Vec<String> = lenses(&file, switches)
            .into_iter()
            .map(|lens| {
                let at = |place: &Place| text[place.clone()].to_owned();
                let action = match &lens.action {
                    LensAction::None => "nothing".to_owned(),
                    LensAction::Show(at) => {
                        format!("show {:?}", text[*at..].lines().next().unwrap_or_default())
                    }
                    LensAction::Toggle(place) => format!("toggle {:?}", at(place)),
                    LensAction::Complete(place) => format!("complete {:?}", at(place)),
                };
                format!("{:?}: {}: {action}", at(&lens.range), lens.title)
            })
            .collect();
        expect.assert_eq(&shown.join("\n"));
    }

    const TEXT: &str = "# Plan: Move\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n\n## Phase 2: B ✅\n\n- [x] b\n- [ ] c\n- [ ] d\n";

    #[test]
    fn at_the_top() {
        check(
            TEXT,
            LensSwitches::default(),
            expect![[r#""Plan: Move": 2 of 4 done (50 %) · next: c: show "- [ ] c""#]],
        );
        check(
            "- [x] a\n- [x] b\n",
            LensSwitches::default(),
            expect![[r#""": 2 of 2 done (100 %): nothing"#]],
        );
        check(
            "# Plan: x\n\n- [!] a\n",
            LensSwitches::default(),
            expect![[r#""Plan: x": 0 of 1 done (0 %) · nothing can be started: nothing"#]],
        );
    }

    #[test]
    fn at_phases() {
        check(
            TEXT,
            LensSwitches { top: false, phases: true },
            expect![[r#"
                "Phase 1: A": Mark all tasks as open: toggle "Phase 1: A"
                "Phase 2: B ✅": Mark all tasks as done: toggle "Phase 2: B ✅"
                "Phase 2: B ✅": Complete the phase with its 2 open tasks: complete "Phase 2: B ✅""#]],
        );
    }

    #[test]
    fn not_in_ordinary_text() {
        check("# Title\n\ntext\n", LensSwitches { top: true, phases: true }, expect![""]);
    }
}
