//! Markup that is written and never pasted: whatever is not a name of ours is escaped, so that no text of a plan can become
//! an element, an attribute or a reference. What comes out is well-formed XML, and as HTML means the same.

/// A text of markup in the making.
#[derive(Debug, Default)]
pub(crate) struct Markup {
    out: String,
    open: Vec<&'static str>,
    /// A tag that still takes attributes.
    in_tag: bool,
}

impl Markup {
    /// Something to write to.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Begins an element. What is written next is inside of it, up to [`close`](Self::close).
    pub(crate) fn open(&mut self, name: &'static str) -> &mut Self {
        self.end_tag();
        self.out.push('<');
        self.out.push_str(name);
        self.open.push(name);
        self.in_tag = true;
        self
    }

    /// An attribute of the element that was begun last, before anything is written into it.
    pub(crate) fn with(&mut self, name: &'static str, value: impl AsRef<str>) -> &mut Self {
        debug_assert!(self.in_tag, "`{name}` comes after the content of its element");
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(value.as_ref(), &mut self.out);
        self.out.push('"');
        self
    }

    /// The same for a length or a place, with one digit behind the point.
    pub(crate) fn at(&mut self, name: &'static str, value: f64) -> &mut Self {
        self.with(name, number(value))
    }

    /// A text.
    pub(crate) fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.end_tag();
        escape(text.as_ref(), &mut self.out);
        self
    }

    /// An element with nothing but a text.
    pub(crate) fn element(&mut self, name: &'static str, text: impl AsRef<str>) -> &mut Self {
        self.open(name).text(text).close()
    }

    /// Style sheets, which are ours. Nothing of a plan may be in them.
    pub(crate) fn style(&mut self, sheet: &'static str) -> &mut Self {
        self.open("style").end_tag();
        self.out.push_str(sheet);
        self.close()
    }

    /// What another one has made, its elements closed.
    pub(crate) fn markup(&mut self, other: Self) -> &mut Self {
        self.end_tag();
        self.out.push_str(&other.finish());
        self
    }

    /// Ends the element that was begun last among those that are open.
    pub(crate) fn close(&mut self) -> &mut Self {
        let Some(name) = self.open.pop() else { return self };
        // HTML takes the slash for nothing, but in elements that are always empty and in those of SVG.
        let may_be_empty = matches!(name, "meta" | "path" | "rect" | "circle" | "line");
        if std::mem::take(&mut self.in_tag) {
            self.out.push_str(if may_be_empty { "/>" } else { ">" });
            if may_be_empty {
                return self;
            }
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self
    }

    /// A line ending, for people who read the source.
    pub(crate) fn line(&mut self) -> &mut Self {
        self.end_tag();
        self.out.push('\n');
        self
    }

    /// The text, all elements closed.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn end_tag(&mut self) -> &mut Self {
        if std::mem::take(&mut self.in_tag) {
            self.out.push('>');
        }
        self
    }
}

/// `12`, `12.5`.
pub(crate) fn number(value: f64) -> String {
    format!("{}", (value * 10.0).round() / 10.0)
}

/// Appends a text as the content of an element or of an attribute in double quotes.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            // XML can't have these at all.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}
