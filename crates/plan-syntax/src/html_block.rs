//! Start and end conditions of the seven kinds of HTML blocks (CommonMark 4.6).

/// End condition of an open HTML block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HtmlEnd {
    /// Kind 1: the end tag of a raw-text element.
    RawTag,
    /// Kind 2: `-->`.
    Comment,
    /// Kind 3: `?>`.
    Instruction,
    /// Kind 4: `>`.
    Declaration,
    /// Kind 5: `]]>`.
    Cdata,
    /// Kinds 6 and 7: a blank line.
    BlankLine,
}

impl HtmlEnd {
    /// Returns whether this line is the last line of the block (for [`HtmlEnd::BlankLine`]: the blank line after it).
    pub(crate) fn ends_block(self, line: &[u8], blank: bool) -> bool {
        match self {
            Self::RawTag => memchr::memmem::find_iter(line, b"</").any(|at| {
                let name = &line[at + 2..];
                let length = run_length(name, u8::is_ascii_alphabetic);
                name.get(length) == Some(&b'>') && is_raw(&name[..length])
            }),
            Self::Comment => contains(line, b"-->"),
            Self::Instruction => contains(line, b"?>"),
            Self::Declaration => line.contains(&b'>'),
            Self::Cdata => contains(line, b"]]>"),
            Self::BlankLine => blank,
        }
    }
}

const RAW_TEXT_TAGS: [&str; 4] = ["script", "pre", "style", "textarea"];

/// The element names of kind 6, sorted.
const BLOCK_TAGS: [&str; 62] = [
    "address",
    "article",
    "aside",
    "base",
    "basefont",
    "blockquote",
    "body",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "iframe",
    "legend",
    "li",
    "link",
    "main",
    "menu",
    "menuitem",
    "nav",
    "noframes",
    "ol",
    "optgroup",
    "option",
    "p",
    "param",
    "search",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "track",
    "ul",
];

/// Returns whether a line starts an HTML block that cannot interrupt a paragraph (CommonMark 4.6, start condition 7).
pub fn is_html_only_after_blank(line: &str) -> bool {
    start(line.as_bytes(), false).is_none() && start(line.as_bytes(), true).is_some()
}

/// Returns the end condition of the HTML block that `text` starts, or `None` if it does not start an HTML block.
/// `text` is a line from its first non-whitespace byte on. `any_tag` allows kind 7, which cannot interrupt a
/// paragraph.
pub(crate) fn start(text: &[u8], any_tag: bool) -> Option<HtmlEnd> {
    let after = text.strip_prefix(b"<")?;
    match after.first()? {
        b'!' => {
            return if after.starts_with(b"!--") {
                Some(HtmlEnd::Comment)
            } else if after.starts_with(b"![CDATA[") {
                Some(HtmlEnd::Cdata)
            } else {
                after.get(1).is_some_and(u8::is_ascii_alphabetic).then_some(HtmlEnd::Declaration)
            };
        }
        b'?' => return Some(HtmlEnd::Instruction),
        _ => {}
    }
    let closing = after.first() == Some(&b'/');
    let name_at = usize::from(closing);
    let name_length = run_length(&after[name_at..], |byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let name = after[name_at..name_at + name_length].to_ascii_lowercase();
    let rest = &after[name_at + name_length..];
    let delimited = matches!(rest.first(), None | Some(b' ' | b'\t' | b'>'));
    let raw = !closing && is_raw(&name);
    if raw && delimited {
        return Some(HtmlEnd::RawTag);
    }
    let is_block = BLOCK_TAGS.binary_search_by(|block| block.as_bytes().cmp(&name)).is_ok();
    if is_block && (delimited || rest.starts_with(b"/>")) {
        return Some(HtmlEnd::BlankLine);
    }
    let complete = if closing { closing_tag(after) } else { open_tag(after) };
    (any_tag && !raw && complete.is_some_and(|length| after[length..].iter().all(is_whitespace)))
        .then_some(HtmlEnd::BlankLine)
}

fn is_raw(name: &[u8]) -> bool {
    RAW_TEXT_TAGS.iter().any(|raw| raw.as_bytes().eq_ignore_ascii_case(name))
}

fn contains(line: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(line, what).is_some()
}

/// Returns whether a byte is whitespace within a tag. Line feeds are included, because a tag in a paragraph may span
/// lines.
fn is_whitespace(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

fn run_length(text: &[u8], accept: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| accept(byte)).count()
}

/// Returns the length of the complete closing tag that starts after `<` (CommonMark 6.6).
pub(crate) fn closing_tag(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    text.get(at).filter(|byte| byte.is_ascii_alphabetic())?;
    at += run_length(&text[at..], |byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    at += run_length(&text[at..], is_whitespace);
    (text.get(at) == Some(&b'>')).then_some(at + 1)
}

/// Returns the length of the complete open tag that starts after `<` (CommonMark 6.6).
pub(crate) fn open_tag(text: &[u8]) -> Option<usize> {
    text.first().filter(|byte| byte.is_ascii_alphabetic())?;
    let mut at = run_length(text, |byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    loop {
        let whitespace = run_length(&text[at..], is_whitespace);
        at += whitespace;
        match text.get(at)? {
            b'>' => return Some(at + 1),
            b'/' => return (text.get(at + 1) == Some(&b'>')).then_some(at + 2),
            byte if whitespace > 0 && (byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':')) => {
                at += run_length(&text[at..], |byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-')
                });
                let before_equals = at + run_length(&text[at..], is_whitespace);
                if text.get(before_equals) == Some(&b'=') {
                    at = before_equals + 1;
                    at += run_length(&text[at..], is_whitespace);
                    at += attribute_value(&text[at..])?;
                }
            }
            _ => return None,
        }
    }
}

fn attribute_value(text: &[u8]) -> Option<usize> {
    match text.first()? {
        quote @ (b'"' | b'\'') => memchr::memchr(*quote, &text[1..]).map(|length| length + 2),
        _ => {
            let length = run_length(text, |byte| {
                !matches!(byte, b' ' | b'\t' | b'\n' | b'"' | b'\'' | b'=' | b'<' | b'>' | b'`')
            });
            (length > 0).then_some(length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(BLOCK_TAGS.is_sorted());
    }

    #[test]
    fn starts() {
        let kind = |text: &str| start(text.as_bytes(), true);
        assert_eq!(kind("<!-- a"), Some(HtmlEnd::Comment));
        assert_eq!(kind("<PRE>"), Some(HtmlEnd::RawTag));
        assert_eq!(kind("<div"), Some(HtmlEnd::BlankLine));
        assert_eq!(kind("</details>"), Some(HtmlEnd::BlankLine));
        assert_eq!(kind("<a href='x' b=c>"), Some(HtmlEnd::BlankLine));
        assert_eq!(kind("<a href='x'> text"), None);
        assert_eq!(kind("<https://example.org>"), None);
        assert_eq!(start(b"<a>", false), None);
    }
}
