//! Figures of progress that a plan writes down: in its text, and in the rows of its phases.

use plan_model::{Column, Item, ItemKind, Meaning, Place, Progress, Role, State, date, quantity::Claim};

use crate::{File, editing::states::phase_rows};

/// A figure of progress.
#[derive(Clone, Debug)]
pub(crate) struct Figure<'a> {
    /// Where it is written.
    pub(crate) place: Place,
    /// The phase that it speaks of; nothing where it speaks of the whole plan or a section of it.
    pub(crate) phase: Option<Item<'a>>,
    claim: Claim,
    /// What it may count: the ways of each section around it from the outside in, or of the phase, then those of the plan.
    ways: Vec<Progress>,
    usual: Progress,
}

/// The figures that speak of today and say what they count, in document order.
pub(crate) fn figures(file: &File) -> Vec<Figure<'_>> {
    figures_in(file, &(0..file.document().len()))
}

/// Those that touch a range.
pub(crate) fn figures_in<'a>(file: &'a File, within: &Place) -> Vec<Figure<'a>> {
    let plan = file.plan();
    let mut found = Vec::new();
    let touched = |place: &Place| place.start <= within.end && within.start <= place.end;
    for (place, claim) in plan.claims() {
        if !touched(&place) || !is_about_now(file, &place) || !names_what_it_counts(file, &place, &claim) {
            continue;
        }
        let sections = plan.sections().filter(|section| section.range().contains(&place.start));
        let mut ways: Vec<Progress> =
            sections.flat_map(|section| counts(file, Some(section.range()))).collect();
        ways.extend(counts(file, None));
        found.push(Figure { place, phase: None, claim, ways, usual: plan.progress() });
    }
    for (phase, row) in phase_rows(file) {
        let Some(cell) = row.cell(Column::Progress).filter(|cell| touched(&cell.range)) else { continue };
        let Some(claim) = cell_claim(cell.text).filter(|_| phase.progress().total > 0) else { continue };
        let ways = counts(file, Some(phase.range()));
        found.push(Figure { place: cell.range, usual: phase.progress(), phase: Some(phase), claim, ways });
    }
    found.sort_by_key(|figure| figure.place.start);
    found
}

impl Figure<'_> {
    /// Whether one of the ways to count gives it.
    pub(crate) fn is_true(&self) -> bool {
        self.way().is_some()
    }

    /// The way of counting that gives it.
    pub(crate) fn way(&self) -> Option<usize> {
        self.ways.iter().position(|way| fits(&self.claim, *way))
    }

    /// What a way of counting gives.
    pub(crate) fn count(&self, way: usize) -> Option<Progress> {
        self.ways.get(way).copied().filter(|way| way.total > 0)
    }

    /// What is counted where nothing else is said.
    pub(crate) fn usual(&self) -> Progress {
        self.usual
    }

    /// The text of the figure with another progress in it.
    pub(crate) fn written_as(&self, written: &str, progress: Progress) -> Option<String> {
        let digits: Vec<&str> = written
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|part| part.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        let mut text = written.to_owned();
        match (&self.claim, &digits[..]) {
            (Claim::Percent(_), [.., old]) => {
                text = replace_last(&text, old, &progress.percent()?.to_string())
            }
            (Claim::Fraction { .. }, [done, total]) => {
                let (first, last) = (text.find(done)?, text.rfind(total)?);
                if last <= first {
                    return None;
                }
                text.replace_range(last..last + total.len(), &progress.total.to_string());
                text.replace_range(first..first + done.len(), &progress.done.to_string());
            }
            (Claim::Total(_), [.., old]) => text = replace_last(&text, old, &progress.total.to_string()),
            _ => return None,
        }
        Some(text)
    }
}

fn replace_last(text: &str, old: &str, new: &str) -> String {
    let mut out = text.to_owned();
    if let Some(at) = out.rfind(old) {
        out.replace_range(at..at + old.len(), new);
    }
    out
}

/// A cell's figure: `43%`, `3/7`.
fn cell_claim(cell: &str) -> Option<Claim> {
    let text = cell.trim_matches(|c: char| !c.is_ascii_digit() && c != '%');
    if let Some(percent) = text.strip_suffix('%') {
        return percent.trim().parse().ok().map(Claim::Percent);
    }
    let (done, total) = text.split_once('/')?;
    Some(Claim::Fraction { done: done.trim().parse().ok()?, total: total.trim().parse().ok()? })
}

/// The ways to count the tasks in a range, or in the whole document, always in the same order.
fn counts(file: &File, range: Option<Place>) -> Vec<Progress> {
    let plan = file.plan();
    let inside = |item: &Item<'_>| {
        item.kind() == ItemKind::Task
            && !item.is_optional()
            && item.state().is_some_and(|state| state != State::Cancelled)
            && range.as_ref().is_none_or(|range| range.contains(&item.line().start))
    };
    let tasks: Vec<Item<'_>> = plan.items().filter(inside).collect();
    let has_box = |item: &Item<'_>| item.carriers().any(|(kind, ..)| kind.is_box());
    let ways: [&dyn Fn(&Item<'_>) -> bool; 8] = [
        &|_| true,
        &|item| item.children().next().is_none(),
        &|item| item.id().is_some(),
        &|item| item.phase().is_some(),
        &|item| item.role() == Role::Work,
        &|item| item.role() == Role::Work && item.phase().is_some(),
        &|item| {
            item.parent()
                .is_none_or(|parent| plan.item(parent).is_some_and(|parent| parent.kind() == ItemKind::Phase))
        },
        &|item| has_box(item),
    ];
    let count = |way: &dyn Fn(&Item<'_>) -> bool| {
        let counted = tasks.iter().filter(|item| way(item));
        let done = counted.clone().filter(|item| item.state() == Some(State::Done)).count();
        Progress { done, total: counted.count() }
    };
    let mut found: Vec<Progress> = ways.iter().map(|way| count(way)).collect();
    // Phases can be counted, too, and what was put off left out.
    let put_off = tasks.iter().filter(|item| item.state() == Some(State::Deferred)).count();
    let without: Vec<Progress> =
        found.iter().map(|way| Progress { total: way.total.saturating_sub(put_off), ..*way }).collect();
    found.extend(without);
    let phases: Vec<Item<'_>> = plan.items().filter(|item| item.kind() == ItemKind::Phase).collect();
    let done = phases.iter().filter(|phase| phase.state().or(phase.derived()) == Some(State::Done)).count();
    found.push(Progress { done, total: phases.len() });
    found
}

fn fits(claim: &Claim, way: Progress) -> bool {
    match claim {
        _ if way.total == 0 => false,
        Claim::Percent(percent) => (percent - way.done as f64 * 100.0 / way.total as f64).abs() <= 1.0,
        Claim::Fraction { done, total } => *done == way.done && *total == way.total,
        Claim::Total(total) => *total == way.total,
    }
}

/// Whether a claim speaks of today: not in a log, and not beside a date.
fn is_about_now(file: &File, place: &Place) -> bool {
    let document = file.document();
    let start = document.line_start(place.start);
    let line = document.slice(start..place.end + 120);
    let line = line.lines().next().unwrap_or_default();
    let dated = !date::dates(line).is_empty();
    let in_log =
        file.plan().sections().filter(|section| section.range().contains(&place.start)).any(|section| {
            let title = section.title().to_lowercase();
            !date::dates(&title).is_empty()
                || [
                    "log",
                    "history",
                    "update",
                    "changelog",
                    "retrospective",
                    "lessons",
                    "metric",
                    "criteria",
                    "risk",
                    "test",
                ]
                .iter()
                .any(|word| title.contains(word))
        });
    let quoted = line.trim_start().starts_with(['>', '|']);
    !dated && !in_log && !quoted
}

/// Whether a claim says that it counts tasks, or all of the plan.
fn names_what_it_counts(file: &File, place: &Place, claim: &Claim) -> bool {
    match claim {
        Claim::Total(_) => true,
        Claim::Fraction { .. } => {
            // `In Progress: 1/8 tasks` counts something else.
            let document = file.document();
            let before = document.slice(document.line_start(place.start)..place.start);
            let key = before.rsplit(['(', ',', ';', '|']).next().unwrap_or_default();
            let key = key.trim_matches(|c: char| !c.is_alphanumeric());
            !["remain", "left", "open", "new", "optional"]
                .iter()
                .any(|word| key.to_lowercase().contains(word))
                && file.plan().state_of(key).is_none_or(|state| state == State::Done)
        }
        Claim::Percent(_) => {
            let fields = file.plan().fields();
            let in_header = fields.into_iter().any(|field| {
                field.meaning == Some(Meaning::Progress)
                    && field.key_range.start <= place.start
                    && place.end <= field.value_range.end + 1
            });
            let words = file.document().slice(place.start.saturating_sub(20)..place.end + 12).to_lowercase();
            in_header || words.contains("overall")
        }
    }
}
