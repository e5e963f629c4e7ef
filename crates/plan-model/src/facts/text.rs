//! The text of an item: marker for optional items, emoji, ID, tags, title and trailing states.

use plan_syntax::{SegmentSpan, outline::bytes};

use super::{
    StateSource, StateSourceKind,
    groups::{OPENING_BRACKETS, inside_group, trailing_group},
    inline_fields::trailing_fields,
    metadata::{MetadataField, metadata},
};
use crate::{
    field::Meaning,
    id::{Id, IdForm, LeadingId, leading_phase_id, leading_task_id},
    state::{State, Vocabulary},
    words,
};

/// Parts of an item's text.
#[derive(Debug, Default)]
pub(super) struct ItemText {
    pub(super) id: Option<Id>,
    pub(super) id_span: Option<SegmentSpan>,
    pub(super) ambiguous_id: bool,
    pub(super) separated: bool,
    pub(super) title: SegmentSpan,
    pub(super) tags: Vec<SegmentSpan>,
    pub(super) state_sources: Vec<StateSource>,
    pub(super) optional: bool,
    pub(super) suffix: Option<SegmentSpan>,
    /// Fields at the end, in order.
    pub(super) fields: Vec<InlineField>,
}

/// A field at the end of an item's text.
#[derive(Debug)]
pub(super) struct InlineField {
    /// Span of the key; empty for a value that is recognized by its form.
    pub(super) key: SegmentSpan,
    /// Span of the value.
    pub(super) value: SegmentSpan,
    /// Meaning if it is already known; `None` if the key must be looked up in the vocabulary.
    pub(super) meaning: Option<Meaning>,
}

impl ItemText {
    /// Adds fields of a text that starts at this offset of the segment.
    fn add_fields(&mut self, start: u32, fields: Vec<MetadataField>) {
        let span = |range: &std::ops::Range<usize>| start + range.start as u32..start + range.end as u32;
        self.fields.extend(fields.iter().map(|field| InlineField {
            key: span(&field.key),
            value: span(&field.value),
            meaning: field.meaning,
        }));
    }
}

/// A state source found in a text: its kind, byte range and state.
type FoundState = (StateSourceKind, std::ops::Range<usize>, State);

/// Kind of an item's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind {
    /// Text of a task other than a heading.
    Task,
    /// Heading that starts with a phase ID.
    Phase,
    /// Heading that starts with a task ID.
    TaskHeading,
}

/// Reads the texts of items.
pub(super) struct ItemTextReader<'a> {
    pub(super) text: &'a str,
    pub(super) vocabulary: &'a Vocabulary,
}

impl<'a> ItemTextReader<'a> {
    fn at(&self, span: &SegmentSpan) -> &'a str {
        &self.text[bytes(span)]
    }

    /// Reads the text in `span`, which is on one line. Returns `None` if it has no ID but `kind` requires one.
    pub(super) fn read(&self, span: SegmentSpan, kind: TextKind) -> Option<ItemText> {
        let mut item = ItemText::default();
        let mut rest = span;
        if kind == TextKind::Task {
            rest = self.without_metadata(rest, &mut item);
        }
        if kind == TextKind::Task && self.at(&rest).starts_with("* ") {
            item.optional = true;
            rest = self.skip(rest, 2);
        }
        rest = self.leading_states(rest, &mut item.state_sources);
        rest = self.strikethrough(rest, &mut item.state_sources);
        let id_of = |text: &str| match kind {
            TextKind::Task | TextKind::TaskHeading => leading_task_id(text, self.vocabulary.nouns()),
            TextKind::Phase => leading_phase_id(text, self.vocabulary.nouns()),
        };
        let mut leading_id = id_of(self.at(&rest));
        // `1. **Task 2.5**`: a list number precedes the ID.
        if let Some(LeadingId { form: IdForm::Plain, after, bold: false, .. }) = leading_id {
            let text = self.at(&rest);
            let inner = id_of(&text[after..]);
            if inner.is_some_and(|inner| {
                inner.form == IdForm::Worded || inner.bold && inner.form != IdForm::Plain
            }) {
                rest = self.skip(rest, after);
                leading_id = id_of(self.at(&rest));
            }
        }
        let decoration = decoration_length(self.at(&rest));
        if leading_id.is_none()
            && kind == TextKind::Phase
            && let Some(length) = words::section_number(self.at(&rest))
        {
            // `3. Phase 0: Name`: a section number precedes the phase. In `1. Part A — Name`, the number is the ID,
            // because two sections may describe the same part.
            let unnumbered = self.skip(rest.clone(), length);
            leading_id = id_of(self.at(&unnumbered)).filter(|leading_id| {
                let number = leading_id.id.phase_parts().map(|(_, number)| number);
                leading_id.separated
                    && number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
            });
            if leading_id.is_some() {
                rest = unnumbered;
            }
        }
        if leading_id.is_none() && decoration > 0 {
            // `🚀 Phase 1`: an emoji that is not a state.
            let undecorated = self.skip(rest.clone(), decoration);
            leading_id = id_of(self.at(&undecorated));
            if leading_id.is_some() {
                rest = undecorated;
            }
        }
        if leading_id.is_none()
            && kind == TextKind::Phase
            && let Some(bold) = self.at(&rest).strip_prefix("**").and_then(|bold| bold.strip_suffix("**"))
            && decoration_length(bold) > 0
            && !bold.contains("**")
        {
            // `**🚀 Phase 1: Name**`
            let undecorated = self.skip(rest.start + 2..rest.end - 2, decoration_length(bold));
            leading_id = id_of(self.at(&undecorated));
            if leading_id.is_some() {
                rest = undecorated;
            }
        }
        if let Some(LeadingId { id, form, range, after, separated, bold }) = leading_id {
            let id_span = rest.start + range.start as u32..rest.start + range.end as u32;
            let id_start = id_span.start;
            item.id_span = Some(id_span);
            let has_tag = self.at(&rest)[after..].starts_with(['[', '(']);
            item.ambiguous_id = form == IdForm::Prefixed && !separated && !bold && !has_tag;
            item.separated = separated;
            item.id = Some(id);
            rest = self.skip(rest, after);
            rest = self.leading_states(rest, &mut item.state_sources);
            if item.state_sources.last().is_some_and(|source| source.span.start >= id_start) {
                // `Phase 2 (COMPLETE): Name`
                let text = self.at(&rest);
                let title = text.trim_start_matches([':', '-', '–', '—', ' ']);
                rest.start += (text.len() - title.len()) as u32;
            }
            rest = self.strikethrough(rest, &mut item.state_sources);
        } else if kind != TextKind::Task {
            return None;
        }
        rest = self.tags(rest, &mut item.tags);
        item.title = self.trailing_states(rest, kind != TextKind::Task, &mut item);
        item.fields.sort_by_key(|field| field.value.start);
        Some(item)
    }

    /// Removes plugin metadata from the end of a text, and adds its fields and its completion state to `item`.
    fn without_metadata(&self, text: SegmentSpan, item: &mut ItemText) -> SegmentSpan {
        let content = self.at(&text);
        let Some((start, fields)) = metadata(content) else { return text };
        item.add_fields(text.start, fields);
        // A completion date marks the task as done.
        if let Some((emoji, state)) = self.dated_emoji(content.trim_end()) {
            let span = text.start + emoji.start as u32..text.start + emoji.end as u32;
            item.state_sources.push(StateSource { kind: StateSourceKind::Emoji, span, state: Some(state) });
        }
        text.start..text.start + content[..start].trim_end().len() as u32
    }

    /// Returns the span without its first `length` bytes and the whitespace after them.
    fn skip(&self, span: SegmentSpan, length: usize) -> SegmentSpan {
        let rest = &self.at(&span)[length..];
        span.start + (length + rest.len() - rest.trim_start().len()) as u32..span.end
    }

    /// Removes state emoji and state words from the start of a text: `✅`, `[DEFERRED]`, `BLOCKED:`.
    fn leading_states(&self, mut text: SegmentSpan, state_sources: &mut Vec<StateSource>) -> SegmentSpan {
        if self.is_row_of_emoji(self.at(&text)) {
            return text;
        }
        loop {
            let content = self.at(&text);
            if let Some((length, state)) = self.vocabulary.leading_emoji(content) {
                let span = text.start..text.start + length as u32;
                state_sources.push(StateSource { kind: StateSourceKind::Emoji, span, state: Some(state) });
                text = self.skip(text, length);
            } else if let Some((inside, length, state)) = self.leading_word(content) {
                let span = text.start + inside.start as u32..text.start + inside.end as u32;
                state_sources.push(StateSource { kind: StateSourceKind::Word, span, state: Some(state) });
                text = self.skip(text, length);
            } else {
                return text;
            }
        }
    }

    /// Returns whether a text starts with a list of three or more state emoji, which do not represent a state.
    fn is_row_of_emoji(&self, mut text: &str) -> bool {
        let mut count = 0;
        while let Some((length, _)) = self.vocabulary.leading_emoji(text) {
            text = text[length..].trim_start_matches([' ', ',', '/', '|']);
            count += 1;
        }
        count > 2
    }

    /// Finds a delimited state word at the start of a text: in brackets, in bold, or in capitals before a separator.
    /// Returns the range of the word, the number of bytes to skip, and the state.
    fn leading_word(&self, text: &str) -> Option<(std::ops::Range<usize>, usize, State)> {
        let state_word = |inside: std::ops::Range<usize>, after: usize| {
            // A word without following text is the title.
            let rest = text.get(after..)?.trim_start_matches(|c: char| !c.is_alphanumeric());
            if rest.is_empty() {
                return None;
            }
            Some((inside.clone(), after, self.vocabulary.of_text_words(text.get(inside)?)?))
        };
        match text.as_bytes().first()? {
            // These are the first bytes of `【` and `（`.
            0xe3 | 0xef if text.starts_with(['【', '（', '［']) => {
                let close = text.find(['】', '）', '］'])?;
                state_word('【'.len_utf8()..close, close + '】'.len_utf8())
            }
            b'[' | b'(' => {
                let close = text.find([']', ')'])?;
                let is_link = text.starts_with('[') && text[close + 1..].starts_with(['(', '[', ':']);
                if close < 4 || is_link {
                    return None;
                }
                state_word(1..close, close + 1)
            }
            b'*' => {
                let inner = text.strip_prefix("**")?;
                let close = inner.find("**")?;
                let word = inner[..close].trim_end_matches(':');
                let is_upper_case = !word.chars().any(char::is_lowercase);
                let colon = usize::from(text[close + 4..].starts_with(':'));
                if is_upper_case { state_word(2..2 + word.len(), close + 4 + colon) } else { None }
            }
            first if first.is_ascii_uppercase() => {
                let end = text.find(|c: char| !c.is_ascii_uppercase() && c != ' ')?;
                let word = text[..end].trim_end();
                let after = &text[word.len()..];
                let is_delimited =
                    after.starts_with(": ") || after.starts_with(" - ") || after.starts_with(" — ");
                if is_delimited && word.len() > 3 {
                    state_word(
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

    /// Unwraps a text that is entirely struck through, which makes the item cancelled. A remark may follow.
    fn strikethrough(&self, text: SegmentSpan, state_sources: &mut Vec<StateSource>) -> SegmentSpan {
        let Some(inner) = self.at(&text).strip_prefix("~~") else { return text };
        let Some(close) = inner.find("~~").filter(|close| *close > 0) else { return text };
        let remark = inner[close + 2..].trim_start();
        let is_whole_text = remark.is_empty()
            || remark.starts_with(['(', '—', '–', '['])
            || remark.starts_with("- ")
            || remark.starts_with('→');
        if !is_whole_text {
            return text;
        }
        let end = text.start + 2 + close as u32;
        state_sources.push(StateSource {
            kind: StateSourceKind::Strikethrough,
            span: text.start..end + 2,
            state: Some(State::Cancelled),
        });
        text.start + 2..end
    }

    /// Removes tags from the start of a text: `[P]`, `[US1]`, `(R)`.
    fn tags(&self, mut text: SegmentSpan, tags: &mut Vec<SegmentSpan>) -> SegmentSpan {
        loop {
            let content = self.at(&text);
            let close = match content.as_bytes().first() {
                Some(b'[') => content.find(']'),
                Some(b'(') => content.find(')').filter(|close| *close == 2),
                _ => None,
            };
            let Some(close) = close else { return text };
            let inside = &content[1..close];
            let is_tag = (1..=6).contains(&inside.len())
                && inside.starts_with(|c: char| c.is_ascii_uppercase())
                && inside.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                && inside
                    .trim_start_matches(|c: char| c.is_ascii_uppercase())
                    .bytes()
                    .all(|b| b.is_ascii_digit());
            if !is_tag || content[close + 1..].starts_with(['(', '[', ':']) {
                return text;
            }
            tags.push(text.start..text.start + close as u32 + 1);
            text = self.skip(text, close + 1);
        }
    }

    /// Removes state sources from the end of a text: `✅`, `[COMPLETED]`, `(deferred to Q3)`, `— DONE`, `✅ COMPLETE`.
    /// In headings also suffixes: `(Weeks 1-2)`.
    fn trailing_states(&self, mut text: SegmentSpan, is_heading: bool, item: &mut ItemText) -> SegmentSpan {
        // In `variants: ✓ ✔ ☑`, the emoji are content.
        let words = self.at(&text).trim_end();
        let last = words
            .rfind(|c: char| c.is_alphanumeric() || c.is_ascii_punctuation())
            .map_or(0, |at| at + words[at..].chars().next().map_or(0, char::len_utf8));
        if self.is_row_of_emoji(words[last..].trim_start()) {
            return text;
        }
        loop {
            let trimmed = self.at(&text).trim_end();
            text.end = text.start + trimmed.len() as u32;
            let core = trimmed.trim_end_matches(['*', '_']).trim_end();
            let start = text.start;
            let source = |kind, range: std::ops::Range<usize>, state| StateSource {
                kind,
                span: start + range.start as u32..start + range.end as u32,
                state: Some(state),
            };
            let emoji = self.vocabulary.trailing_emoji(core);
            if let Some((at, state)) = emoji.filter(|(at, _)| *at > 0 && !precedes_object(&core[..*at])) {
                item.state_sources.push(source(StateSourceKind::Emoji, at..core.len(), state));
                text.end = text.start + at as u32;
            } else if let Some((emoji, state)) = self.dated_emoji(core) {
                text.end = text.start + emoji.start as u32;
                item.state_sources.push(source(StateSourceKind::Emoji, emoji, state));
            } else if let Some((inside, state)) = self.trailing_word(core, is_heading) {
                let open = core[..inside.start].chars().next_back().map_or(0, char::len_utf8);
                let end = inside.start - open;
                item.state_sources.push(source(StateSourceKind::Word, inside, state));
                text.end = text.start + end as u32;
            } else if let Some((at, words)) = self.delimited_word(core, is_heading, &item.state_sources) {
                // `## Phase 1: Copy ✅ COMPLETE (98%)`, `## Phase 2: Switch — Done (pending deploy)`
                let value = core[at..].trim_start_matches([' ', '-', '–', '—']);
                let is_partly = is_heading
                    && core.ends_with([')', '）'])
                    && self.vocabulary.of_value(value) == Some(State::Active);
                let words = words.into_iter().map(|(kind, span, state)| {
                    let state = if is_partly && state == State::Done { State::Active } else { state };
                    source(kind, span, state)
                });
                item.state_sources.extend(words);
                text.end = text.start + at as u32;
            } else if let Some((at, fields)) = trailing_fields(core, self.vocabulary) {
                item.add_fields(start, fields);
                text.end = start + at as u32;
                if !is_heading {
                    text = self.without_metadata(text, item);
                }
            } else if let Some(open) = is_heading.then(|| suffix(core)).flatten().filter(|open| *open > 0) {
                item.optional |= core[open..].eq_ignore_ascii_case("(optional)");
                let inside = inside_group(core, open);
                item.suffix.get_or_insert(text.start + inside.start as u32..text.start + inside.end as u32);
                text.end = text.start + open as u32;
            } else {
                return self.without_dash(text);
            }
            text.end = self.without_dash(text.clone()).end;
        }
    }

    /// Removes the dash between the title and the removed part.
    fn without_dash(&self, text: SegmentSpan) -> SegmentSpan {
        let title = self.at(&text).trim_end();
        let title = [" -", " –", " —", " |", " ⚠️", " ⚠"]
            .iter()
            .find_map(|dash| title.strip_suffix(dash))
            .unwrap_or(title);
        text.start..text.start + title.trim_end().len() as u32
    }

    /// Finds a state in brackets or parentheses at the end of a text. Returns the range inside and the state.
    fn trailing_word(&self, text: &str, is_heading: bool) -> Option<(std::ops::Range<usize>, State)> {
        let inside = inside_group(text, trailing_group(text)?);
        let (start, inside) = (inside.start, &text[inside]);
        let state = self.vocabulary.of_remark(inside, is_heading).or_else(|| {
            self.leading_state(inside, |next| {
                let word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                !word.starts_with(char::is_lowercase) || FOLLOWING_WORDS.contains(&word)
            })
        })?;
        let has_text_before = !text[..start].trim_end_matches(OPENING_BRACKETS).is_empty();
        has_text_before.then_some((start..start + inside.len(), state))
    }

    /// Returns the state of a remark that starts with a word for deferred, cancelled or blocked: `deferred to Q3`.
    /// `follows` decides whether the rest of the remark may follow the word.
    fn leading_state(&self, remark: &str, follows: impl Fn(&str) -> bool) -> Option<State> {
        let first = remark.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let state = self.vocabulary.of_text_words(first)?;
        if self.vocabulary.is_enumeration(remark) {
            return None;
        }
        let next = remark[first.len()..].trim_start_matches([' ', '_']);
        // `(skipped + warned)` describes what happens.
        let is_joined = next.starts_with(['+', '&', '=', '→']);
        if is_joined || !follows(next) {
            return None;
        }
        matches!(state, State::Deferred | State::Cancelled | State::Blocked).then_some(state)
    }

    /// Returns the state of a remark after a dash: `deferred to next year`, `done 2026-03-02`.
    fn dashed_remark(&self, remark: &str) -> Option<State> {
        let follows = |next: &str| {
            let word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            next.starts_with([',', ';', ':', '.']) || FOLLOWING_WORDS.contains(&word)
        };
        self.leading_state(remark, follows).or_else(|| {
            let (word, date) = remark.split_once(' ')?;
            let date = date.trim().strip_prefix("on ").unwrap_or(date.trim());
            let is_date = crate::date::first(date).is_some_and(|found| found.range == (0..date.len()));
            self.vocabulary.of_text_words(word).filter(|state| is_date && *state == State::Done)
        })
    }

    /// Finds an emoji for done that is followed by a date, at the end of a text: `✅ 2026-03-02`, `✅ (2026-03-02)`.
    /// Returns the range of the emoji and the state.
    fn dated_emoji(&self, text: &str) -> Option<(std::ops::Range<usize>, State)> {
        // A cheap check, because most texts are ASCII.
        if text.is_ascii() || !text.ends_with([')', '）']) && !text.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let end = match trailing_group(text) {
            Some(open) => {
                let inside = &text[inside_group(text, open)];
                crate::date::first(inside).filter(|found| found.range == (0..inside.len())).map(|_| open)
            }
            None => crate::date::dates(text)
                .pop()
                .filter(|found| found.range.end == text.len())
                .map(|found| found.range.start),
        };
        let before = text[..end?].trim_end();
        let (at, state) = self.vocabulary.trailing_emoji(before)?;
        (at > 0 && state == State::Done).then_some((at..before.len(), state))
    }

    /// Finds a state at the end of a text without brackets: after a dash, after an emoji, or in capitals. Returns the
    /// offset where the text is cut, and the states.
    fn delimited_word(
        &self,
        text: &str,
        is_heading: bool,
        state_sources: &[StateSource],
    ) -> Option<(usize, Vec<FoundState>)> {
        // A remark in parentheses may follow the word, and a full stop the remark.
        let text = text.strip_suffix('.').filter(|text| text.ends_with([')', '）'])).unwrap_or(text);
        let end = if text.ends_with([')', '）']) {
            trailing_group(text)?
        } else {
            unclosed_group(text).unwrap_or(text.len())
        };
        let text = text[..end].trim_end();
        let state_word = |from: usize| {
            let word = text[from..].trim_matches(|c: char| c == '*' || c == '_' || c.is_whitespace());
            // `## Phase 2: Deck — Ready for Review`; a single word may be the title.
            let state = if is_heading && word.contains(' ') {
                self.vocabulary.of_words(word)?
            } else {
                self.vocabulary.of_text_words(word).or_else(|| self.dashed_remark(word))?
            };
            let start = from + text[from..].find(word)?;
            Some((start..start + word.len(), state))
        };
        // `— deferred, not needed yet`
        let state_word_before_reason = |from: usize| {
            let word = text[from..].split([',', ':', ';']).next().unwrap_or_default();
            let state = self.vocabulary.of_text_words(word)?;
            (word.len() < text.len() - from && matches!(state, State::Deferred | State::Cancelled))
                .then(|| (from..from + word.len(), state))
        };
        // A hyphen or the first byte of the long dashes. A cheap check, because most texts have neither.
        let may_have_dash = memchr::memchr2(b'-', 0xe2, text.as_bytes()).is_some();
        let dash = [" — ", " – ", " - ", " -- "]
            .into_iter()
            .filter(|_| may_have_dash)
            .filter_map(|dash| Some((text.rfind(dash)?, dash.len())))
            .max();
        if let Some((at, length)) = dash {
            let mut from = at + length;
            let mut found = Vec::new();
            while let Some((length, state)) = self.vocabulary.leading_emoji(&text[from..]) {
                found.push((StateSourceKind::Emoji, from..from + length, state));
                from += length + (text[from + length..].len() - text[from + length..].trim_start().len());
            }
            let word = state_word(from).or_else(|| state_word_before_reason(from));
            if let Some((span, state)) = word.filter(|_| at > 0) {
                found.push((StateSourceKind::Word, span, state));
                return Some((at, found));
            }
        }
        if let Some((at, span, state)) = self.closing_word(text) {
            return Some((at, vec![(StateSourceKind::Word, span, state)]));
        }
        // `✅ COMPLETE`
        let before_words = text.trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, ' ' | '*' | '-'));
        if before_words.len() < text.len()
            && let Some((at, state)) = self.vocabulary.trailing_emoji(before_words).filter(|(at, _)| *at > 0)
            && let Some((span, word)) = state_word(before_words.len())
        {
            let emoji = (StateSourceKind::Emoji, at..before_words.len(), state);
            return Some((at, vec![emoji, (StateSourceKind::Word, span, word)]));
        }
        // `❌ … CANCELLED`
        let before_word = text.trim_end_matches(char::is_uppercase);
        let before_adverb = before_word.trim_end().trim_end_matches(char::is_uppercase);
        let with_adverb = &text[before_adverb.len()..];
        let of = |words: &str| self.vocabulary.of_text_words(words).filter(|_| words.len() > 3);
        // `PARTIALLY COMPLETE`
        let adverb = of(with_adverb).filter(|_| before_word.ends_with(' '));
        let before_word = if adverb.is_some() { before_adverb } else { before_word };
        let word = &text[before_word.len()..];
        let state = adverb.or_else(|| of(word))?;
        let is_expected = is_heading
            || state_sources.iter().any(|source| source.kind == StateSourceKind::Emoji)
            || matches!(state, State::Deferred | State::Cancelled | State::Blocked);
        let is_delimited = before_word.ends_with([' ', ':', '*']) && !before_word.trim().is_empty();
        // `MUST COMPLETE` is an instruction.
        let last = before_word.trim_end().rsplit(' ').next().unwrap_or_default();
        let is_demand = matches!(last, "MUST" | "SHOULD" | "SHALL" | "TO" | "WILL" | "CAN" | "NOT" | "BE");
        (is_expected && is_delimited && !is_demand).then(|| {
            (
                before_word.trim_end().len(),
                vec![(StateSourceKind::Word, before_word.len()..text.len(), state)],
            )
        })
    }

    /// Finds a capitalized word for deferred, cancelled or blocked after a colon, or between a separator and a colon:
    /// `Stage E: Descoped`, `Names | Skipped: file deleted`. Returns the offset where the text is cut, the range of the
    /// word, and the state.
    fn closing_word(&self, text: &str) -> Option<(usize, std::ops::Range<usize>, State)> {
        const MAX_LABEL_WORDS: usize = 3;
        let find = |at: usize, from: usize, word: &str| {
            let state = self
                .vocabulary
                .of_text_words(word)
                .filter(|state| matches!(state, State::Deferred | State::Cancelled | State::Blocked))?;
            let is_capitalized = word.starts_with(char::is_uppercase);
            (at > 0 && is_capitalized).then(|| (at, from..from + word.len(), state))
        };
        for bar in [" | ", " — ", " – ", " - "] {
            if let Some(at) = text.rfind(bar)
                && let Some((word, _)) = text[at + bar.len()..].split_once(": ")
                && let Some(found) = find(at, at + bar.len(), word)
            {
                return Some(found);
            }
        }
        // `Order status: Cancelled` names a value.
        let (label, word) = text.rsplit_once(": ")?;
        let is_label = label.split_whitespace().count() <= MAX_LABEL_WORDS
            && !label.to_lowercase().contains("stat")
            && label.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase());
        let found = find(label.len(), label.len() + 2, word.trim_end_matches(['*', '_']));
        found.filter(|_| is_label)
    }

    /// Finds a state in a remark at the end of the last line of an item's paragraph.
    pub(super) fn remark(&self, line: &SegmentSpan) -> Option<StateSource> {
        let text = self.at(line).trim_end();
        let (inside, state) = self.trailing_word(text.trim_end_matches(['.', '*', '_']), false)?;
        let span = line.start + inside.start as u32..line.start + inside.end as u32;
        Some(StateSource { kind: StateSourceKind::Word, span, state: Some(state) })
    }
}

/// Returns the length of the emoji and symbols at the start of a text, with the spaces after them.
pub(super) fn decoration_length(text: &str) -> usize {
    let rest = text.trim_start_matches(|c: char| !c.is_ascii() && !c.is_alphanumeric());
    if rest.len() == text.len() { 0 } else { text.len() - rest.trim_start().len() }
}

/// Words that may follow a state in a remark. `(deferred work)` describes deferred work, and `(deferred from Q1)`
/// its origin.
const FOLLOWING_WORDS: [&str; 15] = [
    "to", "until", "till", "per", "by", "for", "pending", "as", "in", "on", "at", "see", "due", "because",
    "since",
];

/// Returns the offset of the space before a parenthesis that is not closed on this line.
fn unclosed_group(text: &str) -> Option<usize> {
    let open = text.rfind(" (")?;
    (!text[open..].contains(')')).then_some(open)
}

/// Words after which an emoji is the object of the text: `All tasks marked ✅`, `The page shows ✅`.
const WORDS_BEFORE_OBJECT: [&str; 26] = [
    "a", "all", "an", "are", "as", "display", "displays", "has", "have", "is", "mark", "marked", "of",
    "only", "or", "print", "prints", "return", "returns", "show", "showing", "shows", "the", "to", "with",
    "use",
];

/// Returns whether the emoji after this text is its object instead of a marker of the task.
fn precedes_object(before: &str) -> bool {
    let word = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    WORDS_BEFORE_OBJECT.contains(&word)
}

/// Returns the offset of a heading's suffix in parentheses or brackets: a time, or `(optional)`.
fn suffix(text: &str) -> Option<usize> {
    let open = trailing_group(text)?;
    let inside = text[inside_group(text, open)].to_lowercase();
    let is_suffix = inside == "optional"
        || ["week", "day", "month", "sprint", "estimate", "est.", "hour"]
            .iter()
            .any(|word| inside.starts_with(word))
        || words::is_time(&inside)
        || crate::quantity::duration(&inside)
            .is_some_and(|found| found.range.len() == inside.trim_start_matches('~').len())
        || crate::date::first(&inside).is_some();
    is_suffix.then_some(open)
}
