//! Numbers of ordered lists after items were inserted, moved or deleted.

use plan_syntax::{BlockKind, Content, Document, lines::lines, outline::bytes};

use crate::{Edit, TextRange};

/// An item of an ordered list. Ranges are bytes of the document.
struct NumberedItem {
    /// The digits of the marker.
    digits: TextRange,
    number: u64,
    /// The whole item.
    range: TextRange,
}

/// Returns the edits that number the lists of `after` like those of `before`: consecutively from the first number, or
/// with the same number everywhere. Lists with another numbering are not changed, nor are documents with a different
/// number of lists.
pub(crate) fn renumber_lists_like(before: &Document, after: &Document) -> Vec<Edit> {
    let (old, new) = (numbered_lists(before), numbered_lists(after));
    if old.is_empty() || old.len() != new.len() {
        return Vec::new();
    }
    let text = after.text();
    let mut edits = Vec::new();
    for (old, new) in old.iter().zip(&new) {
        let [first, rest @ ..] = &old[..] else { continue };
        let first = first.number;
        let step = match rest {
            [second, ..] if second.number == first => 0,
            _ => 1,
        };
        let counts = (first..).step_by(step.max(1)).zip(old);
        if step == 1 && !counts.clone().all(|(number, item)| number == item.number)
            || step == 0 && old.iter().any(|item| item.number != first)
        {
            continue;
        }
        for (index, item) in new.iter().enumerate() {
            let number = first + step as u64 * index as u64;
            if number != item.number {
                renumber(&text, item, number, &mut edits);
            }
        }
    }
    // If lists are nested, the outer one comes first, and the indentation of inner items is part of its edits.
    edits.sort_by_key(|edit: &Edit| edit.range.start);
    edits
}

/// Adds the edits that set the number of an item. If the length of the marker changes, the lines below it are indented
/// accordingly.
fn renumber(text: &str, item: &NumberedItem, number: u64, edits: &mut Vec<Edit>) {
    let written = number.to_string();
    let (old, new) = (item.digits.len(), written.len());
    edits.push(Edit::replace(item.digits.clone(), written));
    if old == new {
        return;
    }
    for line in lines(&text[..item.range.end], item.digits.end).skip(1) {
        let content = &text[line.content()];
        let spaces = content.len() - content.trim_start_matches(' ').len();
        if content.trim().is_empty() {
            continue;
        }
        if new > old {
            edits.push(Edit::insert(line.start, " ".repeat(new - old)));
        } else if spaces >= old - new {
            edits.push(Edit::replace(line.start..line.start + (old - new), ""));
        }
    }
}

/// Returns the ordered lists of a document, in order.
fn numbered_lists(document: &Document) -> Vec<Vec<NumberedItem>> {
    let segments = document.segments().filter(|(_, segment)| !segment.is_prologue());
    segments.flat_map(|(start, segment)| lists_of(start, document.content(start, segment))).collect()
}

fn lists_of(start: usize, content: &Content) -> Vec<Vec<NumberedItem>> {
    let outline = &content.outline;
    let lists = outline
        .blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| matches!(block.kind, BlockKind::List { ordered: true }));
    lists
        .map(|(list, _)| {
            let items = outline.children(list).filter_map(|item| {
                let block = &outline.blocks[item];
                let marker = bytes(&block.marker());
                let length = content.text[marker.clone()].bytes().take_while(u8::is_ascii_digit).count();
                Some(NumberedItem {
                    digits: start + marker.start..start + marker.start + length,
                    number: content.text[marker.start..marker.start + length].parse().ok()?,
                    range: start + block.span.start as usize..start + block.span.end as usize,
                })
            });
            items.collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply_edits;

    #[test]
    fn lists_count_on() {
        for (before, after, expected) in [
            ("1. a\n2. b\n3. c\n", "2. b\n1. a\n3. c\n", "1. b\n2. a\n3. c\n"),
            ("1. a\n2. b\n3. c\n", "2. b\n3. c\n", "1. b\n2. c\n"),
            ("1. a\n2. b\n", "1. a\n3. n\n2. b\n", "1. a\n2. n\n3. b\n"),
            ("1. a\n1. b\n", "1. a\n2. n\n1. b\n", "1. a\n1. n\n1. b\n"),
            ("5) a\n6) b\n", "6) b\n5) a\n", "5) b\n6) a\n"),
            ("3. a\n1. b\n", "1. b\n3. a\n", "1. b\n3. a\n"),
            (
                "1. a\n\n   1. x\n   2. y\n2. b\n",
                "1. a\n\n   2. y\n   1. x\n2. b\n",
                "1. a\n\n   1. y\n   2. x\n2. b\n",
            ),
            (
                "8. a\n9. b\n   text\n",
                "8. a\n9. n\n9. b\n   text\n\n   - x\n",
                "8. a\n9. n\n10. b\n    text\n\n    - x\n",
            ),
        ] {
            let edits = renumber_lists_like(&Document::new(before), &Document::new(after));
            assert_eq!(apply_edits(after, &edits), expected, "{before}");
        }
    }
}
