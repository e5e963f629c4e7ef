//! The text of an item: optional star, emoji, id, tags, title and what tells the state at its end.

use plan_syntax::{Span, outline::bytes};

use super::{Carrier, CarrierKind};
use crate::{
    id::{Form, Id, Leading, leading_phase_id, leading_task_id},
    state::{State, Vocabulary},
};

/// What an item's text says.
#[derive(Debug, Default)]
pub(super) struct ItemText {
    pub(super) id: Option<Id>,
    pub(super) id_span: Option<Span>,
    pub(super) unsure_id: bool,
    pub(super) separated: bool,
    pub(super) title: Span,
    pub(super) tags: Vec<Span>,
    pub(super) carriers: Vec<Carrier>,
    pub(super) optional: bool,
    pub(super) suffix: Option<Span>,
}

/// What tells a state: what it is, its bytes in the text, what it says.
type Found = (CarrierKind, std::ops::Range<usize>, State);

/// What kind of text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text of a task that is no heading.
    Task,
    /// A heading that starts with a phase's id.
    Phase,
    /// A heading that starts with a task's id.
    TaskHeading,
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) vocabulary: &'a Vocabulary,
}

impl<'a> Reader<'a> {
    fn at(&self, span: &Span) -> &'a str {
        &self.text[bytes(span)]
    }

    /// Reads the text in `span`, one line. Gives nothing where `kind` asks for an id that is not there.
    pub(super) fn read(&self, span: Span, kind: Kind) -> Option<ItemText> {
        let mut item = ItemText::default();
        let mut rest = span;
        if kind == Kind::Task && self.at(&rest).starts_with("* ") {
            item.optional = true;
            rest = self.skip(rest, 2);
        }
        rest = self.leading_states(rest, &mut item.carriers);
        rest = self.struck(rest, &mut item.carriers);
        let id_of = |text: &str| match kind {
            Kind::Task | Kind::TaskHeading => leading_task_id(text),
            Kind::Phase => leading_phase_id(text),
        };
        let mut found = id_of(self.at(&rest));
        let decoration = decoration(self.at(&rest));
        if found.is_none() && decoration > 0 {
            // `🚀 Phase 1`: a picture that says nothing.
            let bare = self.skip(rest.clone(), decoration);
            found = id_of(self.at(&bare));
            if found.is_some() {
                rest = bare;
            }
        }
        if let Some(Leading { id, form, range, after, separated, bold }) = found {
            let place = |at: usize| rest.start + at as u32;
            let place_of_id = place(range.start);
            item.id_span = Some(place_of_id..place(range.end));
            let tagged = self.at(&rest)[after..].starts_with(['[', '(']);
            item.unsure_id = form == Form::Prefixed && !separated && !bold && !tagged;
            item.separated = separated;
            item.id = Some(id);
            rest = self.skip(rest, after);
            rest = self.leading_states(rest, &mut item.carriers);
            if item.carriers.last().is_some_and(|carrier| carrier.span.start >= place_of_id) {
                // `Phase 2 (COMPLETE): Name`
                let here = self.at(&rest);
                let bare = here.trim_start_matches([':', '-', '–', '—', ' ']);
                rest.start += (here.len() - bare.len()) as u32;
            }
            rest = self.struck(rest, &mut item.carriers);
        } else if kind != Kind::Task {
            return None;
        }
        rest = self.tags(rest, &mut item.tags);
        item.title = self.trailing_states(rest, kind != Kind::Task, &mut item);
        Some(item)
    }

    /// A span without its first `length` bytes and the blanks behind them.
    fn skip(&self, span: Span, length: usize) -> Span {
        let rest = &self.at(&span)[length..];
        span.start + (length + rest.len() - rest.trim_start().len()) as u32..span.end
    }

    /// Cuts emoji and words that tell a state from the start: `✅`, `[DEFERRED]`, `BLOCKED:`.
    fn leading_states(&self, mut text: Span, carriers: &mut Vec<Carrier>) -> Span {
        loop {
            let here = self.at(&text);
            if let Some((length, state)) = self.vocabulary.leading_emoji(here) {
                let span = text.start..text.start + length as u32;
                carriers.push(Carrier { kind: CarrierKind::Emoji, span, state: Some(state) });
                text = self.skip(text, length);
            } else if let Some((inside, length, state)) = self.leading_word(here) {
                let span = text.start + inside.start as u32..text.start + inside.end as u32;
                carriers.push(Carrier { kind: CarrierKind::Word, span, state: Some(state) });
                text = self.skip(text, length);
            } else {
                return text;
            }
        }
    }

    /// A state at the start that is set off: in brackets, in bold or in capitals before a colon. The bytes of the word,
    /// the bytes to skip, and what it says.
    fn leading_word(&self, text: &str) -> Option<(std::ops::Range<usize>, usize, State)> {
        let known = |inside: std::ops::Range<usize>, after: usize| {
            // A word alone is a status, not a title.
            let rest = text.get(after..)?.trim_start_matches(|c: char| !c.is_alphanumeric());
            if rest.is_empty() {
                return None;
            }
            Some((inside.clone(), after, self.vocabulary.of_words(text.get(inside)?)?))
        };
        match text.as_bytes().first()? {
            b'[' | b'(' => {
                let close = text.find([']', ')'])?;
                let link = text.starts_with('[') && text[close + 1..].starts_with(['(', '[', ':']);
                if close < 4 || link {
                    return None;
                }
                known(1..close, close + 1)
            }
            b'*' => {
                let inner = text.strip_prefix("**")?;
                let close = inner.find("**")?;
                let word = inner[..close].trim_end_matches(':');
                let shouted = !word.chars().any(char::is_lowercase);
                let colon = usize::from(text[close + 4..].starts_with(':'));
                if shouted { known(2..2 + word.len(), close + 4 + colon) } else { None }
            }
            first if first.is_ascii_uppercase() => {
                let end = text.find(|c: char| !c.is_ascii_uppercase() && c != ' ')?;
                let word = text[..end].trim_end();
                let after = &text[word.len()..];
                let set_off = after.starts_with(": ") || after.starts_with(" - ") || after.starts_with(" — ");
                if set_off && word.len() > 3 {
                    known(
                        0..word.len(),
                        word.len() + after.len() - after[1..].trim_start_matches(['-', '—', ' ']).len(),
                    )
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    /// Notes that all of a text is struck through, and unwraps it. A remark may follow.
    fn struck(&self, text: Span, carriers: &mut Vec<Carrier>) -> Span {
        let here = self.at(&text);
        let Some(inner) = here.strip_prefix("~~") else { return text };
        let Some(close) = inner.find("~~").filter(|close| *close > 0) else { return text };
        let remark = inner[close + 2..].trim_start();
        let whole = remark.is_empty()
            || remark.starts_with(['(', '—', '–', '['])
            || remark.starts_with("- ")
            || remark.starts_with('→');
        if !whole {
            return text;
        }
        let end = text.start + 2 + close as u32;
        carriers.push(Carrier {
            kind: CarrierKind::Strikethrough,
            span: text.start..end + 2,
            state: Some(State::Cancelled),
        });
        text.start + 2..end
    }

    /// Cuts tags from the start: `[P]`, `[US1]`, `(R)`.
    fn tags(&self, mut text: Span, tags: &mut Vec<Span>) -> Span {
        loop {
            let here = self.at(&text);
            let close = match here.as_bytes().first() {
                Some(b'[') => here.find(']'),
                Some(b'(') => here.find(')').filter(|close| *close == 2),
                _ => None,
            };
            let Some(close) = close else { return text };
            let inside = &here[1..close];
            let is_tag = (1..=6).contains(&inside.len())
                && inside.starts_with(|c: char| c.is_ascii_uppercase())
                && inside.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                && inside
                    .trim_start_matches(|c: char| c.is_ascii_uppercase())
                    .bytes()
                    .all(|b| b.is_ascii_digit());
            if !is_tag || here[close + 1..].starts_with(['(', '[', ':']) {
                return text;
            }
            tags.push(text.start..text.start + close as u32 + 1);
            text = self.skip(text, close + 1);
        }
    }

    /// Cuts what tells a state from the end of a text: `✅`, `[COMPLETED]`, `(deferred to Q3)`, `— DONE`, `✅ COMPLETE`.
    /// In headings also what is said of time: `(Weeks 1-2)`.
    fn trailing_states(&self, mut text: Span, heading: bool, item: &mut ItemText) -> Span {
        loop {
            let trimmed = self.at(&text).trim_end();
            text.end = text.start + trimmed.len() as u32;
            let core = trimmed.trim_end_matches(['*', '_']).trim_end();
            let start = text.start;
            let carrier = |kind, at: std::ops::Range<usize>, state| Carrier {
                kind,
                span: start + at.start as u32..start + at.end as u32,
                state: Some(state),
            };
            if let Some((at, state)) = self.vocabulary.trailing_emoji(core).filter(|(at, _)| *at > 0) {
                item.carriers.push(carrier(CarrierKind::Emoji, at..core.len(), state));
                text.end = text.start + at as u32;
            } else if let Some((inside, state)) = self.trailing_word(core) {
                let end = inside.start - 1;
                item.carriers.push(carrier(CarrierKind::Word, inside, state));
                text.end = text.start + end as u32;
            } else if let Some((at, words)) = self.set_off_word(core, heading, &item.carriers) {
                let words = words.into_iter().map(|(kind, span, state)| carrier(kind, span, state));
                item.carriers.extend(words);
                text.end = text.start + at as u32;
            } else if let Some(open) = heading.then(|| suffix(core)).flatten().filter(|open| *open > 0) {
                item.optional |= core[open..].eq_ignore_ascii_case("(optional)");
                item.suffix.get_or_insert(text.start + open as u32 + 1..text.start + core.len() as u32 - 1);
                text.end = text.start + open as u32;
            } else {
                return self.without_dash(text);
            }
            text.end = self.without_dash(text.clone()).end;
        }
    }

    /// A title without the dash that joined it to what was cut behind it.
    fn without_dash(&self, text: Span) -> Span {
        let here = self.at(&text).trim_end();
        let bare = [" -", " –", " —", " |"].iter().find_map(|dash| here.strip_suffix(dash)).unwrap_or(here);
        text.start..text.start + bare.trim_end().len() as u32
    }

    /// A bracketed or parenthesised state at the end of a text: the bytes inside, and what it says.
    fn trailing_word(&self, text: &str) -> Option<(std::ops::Range<usize>, State)> {
        let start = group(text)? + 1;
        let inside = &text[start..text.len() - 1];
        let state = self.vocabulary.of_remark(inside).or_else(|| {
            // `(deferred to Q3)` says so with its first word; `(done by hand)` does not.
            let first = inside.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let state = self.vocabulary.of_words(first)?;
            // `(deferred work)` is about something that is deferred.
            const FOLLOW: [&str; 16] = [
                "to", "until", "till", "per", "by", "for", "from", "pending", "as", "in", "on", "at", "see",
                "due", "because", "since",
            ];
            let next = inside[first.len()..].trim_start_matches([' ', '_']);
            let word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if word.starts_with(char::is_lowercase) && !FOLLOW.contains(&word) {
                return None;
            }
            matches!(state, State::Deferred | State::Cancelled | State::Blocked).then_some(state)
        })?;
        (start > 1).then_some((start..start + inside.len(), state))
    }

    /// A state at the end without brackets: behind a dash, behind an emoji, or in capitals. Where it is cut, and what
    /// tells the state.
    fn set_off_word(&self, text: &str, heading: bool, carriers: &[Carrier]) -> Option<(usize, Vec<Found>)> {
        // A remark in parentheses may follow the word.
        let end = if text.ends_with(')') { group(text)? } else { text.len() };
        let upto = text[..end].trim_end();
        let known = |from: usize| {
            let bare = upto[from..].trim_matches(|c: char| c == '*' || c == '_' || c.is_whitespace());
            let state = self.vocabulary.of_words(bare)?;
            let start = from + upto[from..].find(bare)?;
            Some((start..start + bare.len(), state))
        };
        // The first byte of the long dashes, or a short one: most texts have neither.
        let may_have_dash = memchr::memchr2(b'-', 0xe2, upto.as_bytes()).is_some();
        let dash = [" — ", " – ", " - ", " -- "]
            .into_iter()
            .filter(|_| may_have_dash)
            .filter_map(|dash| Some((upto.rfind(dash)?, dash.len())))
            .max();
        if let Some((at, length)) = dash {
            let mut from = at + length;
            let mut found = Vec::new();
            while let Some((length, state)) = self.vocabulary.leading_emoji(&upto[from..]) {
                found.push((CarrierKind::Emoji, from..from + length, state));
                from += length + (upto[from + length..].len() - upto[from + length..].trim_start().len());
            }
            if let Some((span, state)) = known(from).filter(|_| at > 0) {
                found.push((CarrierKind::Word, span, state));
                return Some((at, found));
            }
        }
        // `✅ COMPLETE`
        let words = upto.trim_end_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | '*' | '-'));
        if words.len() < upto.len()
            && let Some((at, state)) = self.vocabulary.trailing_emoji(words).filter(|(at, _)| *at > 0)
            && let Some((span, word)) = known(words.len())
        {
            let emoji = (CarrierKind::Emoji, at..words.len(), state);
            return Some((at, vec![emoji, (CarrierKind::Word, span, word)]));
        }
        // `❌ … CANCELLED`
        let last = upto.trim_end_matches(|c: char| c.is_ascii_uppercase());
        let shouted = &upto[last.len()..];
        let state = self.vocabulary.of_words(shouted).filter(|_| shouted.len() > 3)?;
        let among = heading
            || carriers.iter().any(|carrier| carrier.kind == CarrierKind::Emoji)
            || matches!(state, State::Deferred | State::Cancelled | State::Blocked);
        let set_off = last.ends_with([' ', ':', '*']) && !last.trim().is_empty();
        (among && set_off)
            .then(|| (last.trim_end().len(), vec![(CarrierKind::Word, last.len()..upto.len(), state)]))
    }

    /// What the end of an item's later lines says: a remark in parentheses at the end of its paragraph.
    pub(super) fn remark(&self, line: &Span) -> Option<Carrier> {
        let text = self.at(line).trim_end();
        let (inside, state) = self.trailing_word(text.trim_end_matches(['.', '*', '_']))?;
        let span = line.start + inside.start as u32..line.start + inside.end as u32;
        Some(Carrier { kind: CarrierKind::Word, span, state: Some(state) })
    }
}

/// Bytes of the pictures and signs that a text starts with.
fn decoration(text: &str) -> usize {
    let rest = text.trim_start_matches(|c: char| !c.is_ascii() && !c.is_alphanumeric());
    text.len() - rest.len()
}

/// Where the bracket or parenthesis opens that a text ends with.
fn group(text: &str) -> Option<usize> {
    let (open, close) = match text.as_bytes().last()? {
        b']' => ('[', ']'),
        b')' => ('(', ')'),
        _ => return None,
    };
    let mut depth = 0;
    for (at, character) in text.char_indices().rev() {
        if character == close {
            depth += 1;
        } else if character == open {
            depth -= 1;
            if depth == 0 {
                // `[text](target)` is a link.
                return (!(open == '(' && text[..at].ends_with(']'))).then_some(at);
            }
        }
    }
    None
}

/// Where a heading's suffix in parentheses or brackets starts that tells time or that the item is optional.
fn suffix(text: &str) -> Option<usize> {
    let open = group(text)?;
    let inside = text[open + 1..text.len() - 1].to_lowercase();
    let tells = inside == "optional"
        || ["week", "day", "month", "sprint", "estimate", "est.", "hour"]
            .iter()
            .any(|word| inside.starts_with(word))
        || crate::quantity::duration(&inside)
            .is_some_and(|found| found.range.len() == inside.trim_start_matches('~').len())
        || crate::date::first(&inside).is_some();
    tells.then_some(open)
}
