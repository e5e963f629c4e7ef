//! Workspace symbols: fuzzy search for headings, phases and tasks in all files.

use std::{cmp::Ordering, sync::Arc};

use plan_model::{ItemKind, State};
use plan_schema::family::Requirement;
use plan_syntax::SegmentSpan;

use crate::{
    Entry, Index,
    outline::SymbolKind,
    workspace::{
        letters::{LetterSet, normalized},
        path,
    },
};

/// A heading, phase or task of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    /// Path of the file.
    pub path: Arc<str>,
    /// Text of the symbol, including the ID of a task.
    pub name: String,
    /// Kind of the symbol.
    pub kind: SymbolKind,
    /// Whether the item is cancelled.
    pub cancelled: bool,
    /// First line, 0-based.
    pub line: u32,
    /// Range of the text, in bytes of the indexed file.
    pub span: SegmentSpan,
    /// Title of its document, otherwise the name of its file.
    pub container: String,
}

/// Returns the best matches of a query, best first, at most `limit`. A name matches if it contains the query's
/// letters in order, ignoring case; the empty query matches everything.
pub fn symbols(index: &Index, query: &str, limit: usize) -> Vec<WorkspaceSymbol> {
    let query: Vec<char> =
        query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let files: Vec<(&Arc<str>, &Entry)> = index.iter_with(LetterSet::of(query.iter().copied())).collect();
    let threads = if files.len() < MIN_FILES_FOR_THREADS { 1 } else { plan_model::available_threads() };
    let mut shares = files.chunks(files.len().div_ceil(threads).max(1));
    let first = shares.next().unwrap_or_default();
    let mut best = std::thread::scope(|scope| {
        let others: Vec<_> =
            shares.map(|share| (share, scope.spawn(|| best_of(share, &query, limit)))).collect();
        let mut best = best_of(first, &query, limit);
        for (share, other) in others {
            // If a thread panicked, process its files here, which repeats the panic.
            best.extend(other.join().unwrap_or_else(|_| best_of(share, &query, limit)));
        }
        best
    });
    // The sort is stable: equal scores keep the order of the files.
    best.sort_by(by_score);
    best.truncate(limit);
    best.into_iter().map(|(_, found)| found.symbol()).collect()
}

/// Minimum number of files for which several threads are used.
const MIN_FILES_FOR_THREADS: usize = 2_000;

fn by_score(a: &(u32, SymbolMatch<'_>), b: &(u32, SymbolMatch<'_>)) -> Ordering {
    b.0.cmp(&a.0)
}

/// Returns the best matches in these files.
fn best_of<'a>(
    files: &[(&'a Arc<str>, &'a Entry)],
    query: &[char],
    limit: usize,
) -> Vec<(u32, SymbolMatch<'a>)> {
    let mut best: Vec<(u32, SymbolMatch<'_>)> = Vec::new();
    // Score that further matches must exceed.
    let mut least = 0;
    for (path, entry) in files {
        let headings = (0..entry.summary.headings.len()).map(SymbolSource::Heading);
        let items = entry.summary.plan.iter().flat_map(|work| work.items.iter().enumerate());
        // Items that are headings are already included as headings.
        let items = items.filter(|(_, item)| !item.heading).map(|(at, _)| SymbolSource::Item(at));
        let requirements = entry.family.iter().flat_map(|facts| facts.requirements.iter().enumerate());
        // Requirements in headings are already included as headings.
        let headings_by_line = &entry.summary.headings;
        let is_heading =
            |line: u32| headings_by_line.binary_search_by_key(&line, |heading| heading.line).is_ok();
        let requirements = requirements.filter(|(_, requirement)| !is_heading(requirement.line));
        let requirements = requirements.map(|(at, _)| SymbolSource::Requirement(at));
        for source in headings.chain(items).chain(requirements) {
            let found = SymbolMatch { path, entry, source };
            let Some(score) = score(query, found.texts()).filter(|score| *score > least) else { continue };
            best.push((score, found));
            if best.len() >= limit.max(1) * 2 {
                best.sort_by(by_score);
                best.truncate(limit);
                least = best.last().map_or(0, |(score, _)| *score);
            }
        }
    }
    best.sort_by(by_score);
    best.truncate(limit);
    best
}

#[derive(Clone, Copy)]
enum SymbolSource {
    Heading(usize),
    Item(usize),
    Requirement(usize),
}

struct SymbolMatch<'a> {
    path: &'a Arc<str>,
    entry: &'a Entry,
    source: SymbolSource,
}

impl SymbolMatch<'_> {
    fn item(&self, at: usize) -> Option<&plan_model::WorkItem> {
        self.entry.summary.plan.as_ref()?.items.get(at)
    }

    fn requirement(&self, at: usize) -> Option<&Requirement> {
        self.entry.family.as_ref()?.requirements.get(at)
    }

    /// Returns the text to search: the ID and the title.
    fn texts(&self) -> [&str; 2] {
        match self.source {
            SymbolSource::Heading(at) => ["", &self.entry.summary.headings[at].text],
            SymbolSource::Item(at) => self
                .item(at)
                .map_or(["", ""], |item| [item.id.as_ref().map_or("", |id| id.as_str()), &item.title]),
            SymbolSource::Requirement(at) => {
                self.requirement(at).map_or(["", ""], |requirement| [&requirement.id, &requirement.title])
            }
        }
    }

    fn symbol(&self) -> WorkspaceSymbol {
        let summary = &self.entry.summary;
        let item = match self.source {
            SymbolSource::Heading(at) => {
                let line = summary.headings[at].line;
                let items = summary.plan.iter().flat_map(|work| &work.items);
                items.filter(|item| item.heading).find(|item| item.line == line)
            }
            SymbolSource::Item(at) => self.item(at),
            SymbolSource::Requirement(_) => None,
        };
        let [id, text] = self.texts();
        let (line, span) = match self.source {
            SymbolSource::Heading(at) => (summary.headings[at].line, summary.headings[at].span.clone()),
            SymbolSource::Item(_) => item.map(|item| (item.line, item.span.clone())).unwrap_or_default(),
            SymbolSource::Requirement(at) => self
                .requirement(at)
                .map(|requirement| (requirement.line, requirement.span.clone()))
                .unwrap_or_default(),
        };
        let kind = match (item, self.source) {
            (Some(item), _) if item.kind == ItemKind::Phase => SymbolKind::Phase,
            (Some(item), _) if item.state == Some(State::Done) => SymbolKind::DoneTask,
            (Some(_), _) => SymbolKind::OpenTask,
            (None, SymbolSource::Heading(0)) if summary.headings[0].level == 1 => SymbolKind::Title,
            _ => SymbolKind::Section,
        };
        WorkspaceSymbol {
            path: Arc::clone(self.path),
            name: if id.is_empty() { text.to_owned() } else { format!("{id} {text}") },
            kind,
            cancelled: item.is_some_and(|item| item.state == Some(State::Cancelled)),
            line,
            span,
            container: summary.title.as_deref().unwrap_or_else(|| path::name(self.path)).to_owned(),
        }
    }
}

/// Returns the score of a match of the query in ID and title; a higher score is better. `None` if it does not match.
/// Consecutive letters and word starts increase the score, long names decrease it.
fn score(query: &[char], texts: [&str; 2]) -> Option<u32> {
    // Most names do not contain the first letter.
    if let Some(first) = query.first().filter(|first| first.is_ascii()) {
        let (lower, upper) = (*first as u8, first.to_ascii_uppercase() as u8);
        let has = |text: &str| memchr::memchr2(lower, upper, text.as_bytes()).is_some() || !text.is_ascii();
        if !texts.into_iter().any(has) {
            return None;
        }
    }
    let mut scorer = Scorer { wanted: query, score: 1000, run: 0 };
    let mut before = b' ';
    for text in texts {
        if text.is_ascii() {
            for byte in text.bytes() {
                scorer.take(byte.to_ascii_lowercase() as char, !before.is_ascii_alphanumeric());
                before = byte;
            }
        } else {
            let mut starts = true;
            for character in text.chars() {
                scorer.take(normalized(character), starts);
                starts = !character.is_alphanumeric();
            }
        }
    }
    let length = texts.iter().map(|text| text.len()).sum::<usize>().min(500) as u32;
    scorer.wanted.is_empty().then(|| scorer.score - length)
}

struct Scorer<'a> {
    wanted: &'a [char],
    score: u32,
    /// Number of consecutive letters that matched.
    run: u32,
}

impl Scorer<'_> {
    fn take(&mut self, letter: char, starts_word: bool) {
        match self.wanted {
            [first, rest @ ..] if *first == letter => {
                self.wanted = rest;
                self.run += 1;
                self.score += 10 * self.run + if starts_word { 20 } else { 0 };
            }
            _ => self.run = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::File;

    fn index() -> Index {
        let mut index = Index::default();
        let files = [
            (
                "/w/a.md",
                "# Move the index\n\n## Phase 1: Write\n\n- [x] **1.1** Both indexes\n- [-] **1.2** ~~Old~~\n",
            ),
            ("/w/b.md", "# Notes\n\n## Move\n\ntext\n"),
        ];
        for (path, text) in files {
            index.set(path, Some(File::new(path, Document::parsed(text)).entry()));
        }
        index
    }

    fn found(query: &str) -> Vec<String> {
        let line = |symbol: WorkspaceSymbol| {
            let cancelled = if symbol.cancelled { " cancelled" } else { "" };
            format!("{:?} {} ({}:{}){cancelled}", symbol.kind, symbol.name, symbol.container, symbol.line)
        };
        symbols(&index(), query, 10).into_iter().map(line).collect()
    }

    #[test]
    fn matches_letters_in_order() {
        assert_eq!(found("mv"), ["Section Move (Notes:2)", "Title Move the index (Move the index:0)"]);
        assert_eq!(found("1.1"), ["DoneTask 1.1 Both indexes (Move the index:4)"]);
        assert_eq!(found("PHASE"), ["Phase Phase 1: Write (Move the index:2)"]);
        assert_eq!(found("old"), ["OpenTask 1.2 Old (Move the index:5) cancelled"]);
        assert_eq!(found("zzz"), [""; 0]);
        assert_eq!(found("").len(), 6);
        assert_eq!(symbols(&index(), "", 2).len(), 2);
    }

    /// The letter filter of files never excludes a match.
    #[test]
    fn letter_filter_excludes_no_match() {
        let names = ["Über Äpfel", "KELVIN \u{212a}", "İstanbul", "a-b_c d.e", "漢字 1.2", "ΣΊΣΥΦΟΣ", ""];
        for name in names {
            let mut index = Index::default();
            let text = format!("# {name}\n\n- [ ] {name}\n");
            index.set("/w/a.md", Some(File::new("/w/a.md", Document::parsed(&text)).entry()));
            for query in names.iter().flat_map(|name| name.split(' ')) {
                let letters: Vec<char> = query.chars().flat_map(char::to_lowercase).collect();
                let fits = score(&letters, ["", name.trim()]).is_some();
                let found = symbols(&index, query, 10);
                assert_eq!(found.iter().any(|symbol| symbol.name == name.trim()), fits, "{query} in {name}");
            }
        }
    }

    #[test]
    fn a_heading_with_a_checkbox_is_listed_once() {
        let mut index = Index::default();
        let text = "# Plan: x\n\n### [x] 1.2 Write it down\n\n- [ ] **1.3** b\n";
        index.set("/w/a.md", Some(File::new("/w/a.md", Document::parsed(text)).entry()));
        assert_eq!(symbols(&index, "write", 10).len(), 1);
    }
}
