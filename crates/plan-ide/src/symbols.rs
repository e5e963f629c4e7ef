//! Finding headings, phases and tasks in the whole workspace by a few letters of their names.

use std::{cmp::Ordering, sync::Arc};

use plan_model::{ItemKind, State, Summary};
use plan_syntax::Span;

use crate::{Entry, Index, outline::SymbolKind, workspace::path};

/// A heading, phase or task somewhere in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    /// The file.
    pub path: Arc<str>,
    /// Its text; of a task with its id.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// It is cancelled.
    pub cancelled: bool,
    /// The line it starts on, 0-based.
    pub line: u32,
    /// Its text, in bytes of the file as the index knows it.
    pub span: Span,
    /// The title of its document, else the name of its file.
    pub container: String,
}

/// The symbols that fit a query best, the best first, at most `most`. A name fits that has the query's letters in their
/// order, in whatever case; the empty query fits everything.
pub fn symbols(index: &Index, query: &str, most: usize) -> Vec<WorkspaceSymbol> {
    let query: Vec<char> =
        query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let files: Vec<(&Arc<str>, &Entry)> = index.iter_with(Letters::of(query.iter().copied())).collect();
    let threads = if files.len() < MANY { 1 } else { plan_model::threads() };
    let mut shares = files.chunks(files.len().div_ceil(threads).max(1));
    let first = shares.next().unwrap_or_default();
    let mut best = std::thread::scope(|scope| {
        let others: Vec<_> =
            shares.map(|share| (share, scope.spawn(|| best_of(share, &query, most)))).collect();
        let mut best = best_of(first, &query, most);
        for (share, other) in others {
            // Whatever a thread left undone when it panicked is done, or panics, here.
            best.extend(other.join().unwrap_or_else(|_| best_of(share, &query, most)));
        }
        best
    });
    // Of those that fit as well the first one comes first, whoever has found it.
    best.sort_by(by_score);
    best.truncate(most);
    best.into_iter().map(|(_, found)| found.symbol()).collect()
}

/// In so many files it pays to look with several threads.
const MANY: usize = 2_000;

fn by_score(a: &(u32, Found<'_>), b: &(u32, Found<'_>)) -> Ordering {
    b.0.cmp(&a.0)
}

/// Those in these files.
fn best_of<'a>(files: &[(&'a Arc<str>, &'a Entry)], query: &[char], most: usize) -> Vec<(u32, Found<'a>)> {
    let mut best: Vec<(u32, Found<'_>)> = Vec::new();
    // The score that a further one must exceed.
    let mut least = 0;
    for (path, entry) in files {
        let headings = (0..entry.summary.headings.len()).map(Part::Heading);
        let items = entry.summary.work.iter().flat_map(|work| work.items.iter().enumerate());
        // What is a heading too is found as one.
        let items = items.filter(|(_, item)| !item.heading).map(|(at, _)| Part::Item(at));
        for part in headings.chain(items) {
            let found = Found { path, entry, part };
            let Some(score) = score(query, found.texts()).filter(|score| *score > least) else { continue };
            best.push((score, found));
            if best.len() >= most.max(1) * 2 {
                best.sort_by(by_score);
                best.truncate(most);
                least = best.last().map_or(0, |(score, _)| *score);
            }
        }
    }
    best.sort_by(by_score);
    best.truncate(most);
    best
}

#[derive(Clone, Copy)]
enum Part {
    Heading(usize),
    Item(usize),
}

struct Found<'a> {
    path: &'a Arc<str>,
    entry: &'a Entry,
    part: Part,
}

impl Found<'_> {
    fn item(&self, at: usize) -> Option<&plan_model::WorkItem> {
        self.entry.summary.work.as_ref()?.items.get(at)
    }

    /// Id and name.
    fn texts(&self) -> [&str; 2] {
        match self.part {
            Part::Heading(at) => ["", &self.entry.summary.headings[at].text],
            Part::Item(at) => self
                .item(at)
                .map_or(["", ""], |item| [item.id.as_ref().map_or("", |id| id.as_str()), &item.title]),
        }
    }

    fn symbol(&self) -> WorkspaceSymbol {
        let summary = &self.entry.summary;
        let item = match self.part {
            Part::Heading(at) => {
                let line = summary.headings[at].line;
                let items = summary.work.iter().flat_map(|work| &work.items);
                items.filter(|item| item.heading).find(|item| item.line == line)
            }
            Part::Item(at) => self.item(at),
        };
        let [id, text] = self.texts();
        let (line, span) = match self.part {
            Part::Heading(at) => (summary.headings[at].line, summary.headings[at].span.clone()),
            Part::Item(_) => item.map(|item| (item.line, item.span.clone())).unwrap_or_default(),
        };
        let kind = match (item, self.part) {
            (Some(item), _) if item.kind == ItemKind::Phase => SymbolKind::Phase,
            (Some(item), _) if item.state == Some(State::Done) => SymbolKind::DoneTask,
            (Some(_), _) => SymbolKind::OpenTask,
            (None, Part::Heading(0)) if summary.headings[0].level == 1 => SymbolKind::Title,
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

/// Which letters there are, whatever their case: most files lack one of a query's and need not be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Letters(u64);

impl Letters {
    /// A file with so many names has all letters.
    const MANY: usize = 500;

    fn of(letters: impl Iterator<Item = char>) -> Self {
        let bit = |letter: char| match letter {
            'a'..='z' => letter as u32 - 'a' as u32,
            '0'..='9' => 26 + letter as u32 - '0' as u32,
            '\0'..='\x7f' => 36,
            _ => 37,
        };
        Self(letters.fold(0, |letters, letter| letters | 1 << bit(letter)))
    }

    /// Those of all names in a file, as a query is compared with them.
    pub(crate) fn of_names(summary: &Summary) -> Self {
        let items = summary.work.as_ref().map_or(&[][..], |work| &work.items);
        if summary.headings.len() + items.len() > Self::MANY {
            return Self(u64::MAX);
        }
        let headings = summary.headings.iter().map(|heading| &*heading.text);
        let items = items.iter().flat_map(|item| {
            item.id.as_ref().map(|id| id.as_str()).into_iter().chain(std::iter::once(&*item.title))
        });
        Self::of(headings.chain(items).flat_map(str::chars).map(compared))
    }

    /// Whether all the others are among them.
    pub(crate) fn have(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }
}

/// The letter that a query's is compared with.
fn compared(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// How well a query fits id and name, more is better; nothing if it does not. Letters that follow each other and letters
/// that begin words count more, long names less.
fn score(query: &[char], texts: [&str; 2]) -> Option<u32> {
    // Most names lack the first letter already.
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
                scorer.take(compared(character), starts);
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
    /// How many letters in a row fitted.
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
            index.set(path, Some(File::new(path, Document::unedited(text)).entry()));
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
    fn a_few_letters_in_their_order() {
        assert_eq!(found("mv"), ["Section Move (Notes:2)", "Title Move the index (Move the index:0)"]);
        assert_eq!(found("1.1"), ["DoneTask 1.1 Both indexes (Move the index:4)"]);
        assert_eq!(found("PHASE"), ["Phase Phase 1: Write (Move the index:2)"]);
        assert_eq!(found("old"), ["OpenTask 1.2 Old (Move the index:5) cancelled"]);
        assert_eq!(found("zzz"), [""; 0]);
        assert_eq!(found("").len(), 6);
        assert_eq!(symbols(&index(), "", 2).len(), 2);
    }

    /// What is told by the letters of a whole file is no other than what its names tell.
    #[test]
    fn no_file_is_left_out() {
        let names = ["Über Äpfel", "KELVIN \u{212a}", "İstanbul", "a-b_c d.e", "漢字 1.2", "ΣΊΣΥΦΟΣ", ""];
        for name in names {
            let mut index = Index::default();
            let text = format!("# {name}\n\n- [ ] {name}\n");
            index.set("/w/a.md", Some(File::new("/w/a.md", Document::unedited(&text)).entry()));
            for query in names.iter().flat_map(|name| name.split(' ')) {
                let letters: Vec<char> = query.chars().flat_map(char::to_lowercase).collect();
                let fits = score(&letters, ["", name.trim()]).is_some();
                let found = symbols(&index, query, 10);
                assert_eq!(found.iter().any(|symbol| symbol.name == name.trim()), fits, "{query} in {name}");
            }
        }
    }

    #[test]
    fn a_heading_with_a_box_is_listed_once() {
        let mut index = Index::default();
        let text = "# Plan: x\n\n### [x] 1.2 Write it down\n\n- [ ] **1.3** b\n";
        index.set("/w/a.md", Some(File::new("/w/a.md", Document::unedited(text)).entry()));
        assert_eq!(symbols(&index, "write", 10).len(), 1);
    }
}
