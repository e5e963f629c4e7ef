//! Writer of XML that is also valid HTML. Element and attribute names are static; all other text is escaped, so text of a
//! plan can never become an element, an attribute or a reference.

/// A writer of markup.
#[derive(Debug, Default)]
pub(crate) struct Markup {
    out: String,
    open: Vec<&'static str>,
    /// Whether the last opening tag is incomplete, so that attributes can be added.
    in_tag: bool,
}

impl Markup {
    /// Creates an empty writer.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Opens an element. Everything written before [`close`](Self::close) is its content.
    pub(crate) fn open(&mut self, name: &'static str) -> &mut Self {
        self.end_tag();
        self.out.push('<');
        self.out.push_str(name);
        self.open.push(name);
        self.in_tag = true;
        self
    }

    /// Adds an attribute to the element opened last. Must be called before its content is written.
    pub(crate) fn attr(&mut self, name: &'static str, value: impl AsRef<str>) -> &mut Self {
        debug_assert!(self.in_tag, "attribute `{name}` added after the content of its element");
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(value.as_ref(), &mut self.out);
        self.out.push('"');
        self
    }

    /// Adds a numeric attribute, rounded to one decimal place.
    pub(crate) fn number_attr(&mut self, name: &'static str, value: f64) -> &mut Self {
        self.attr(name, number(value))
    }

    /// Writes text.
    pub(crate) fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.end_tag();
        escape(text.as_ref(), &mut self.out);
        self
    }

    /// Writes an element that contains only text.
    pub(crate) fn element(&mut self, name: &'static str, text: impl AsRef<str>) -> &mut Self {
        self.open(name).text(text).close()
    }

    /// Writes a `style` element. `sheet` is not escaped and must not contain text of a plan.
    pub(crate) fn style(&mut self, sheet: &'static str) -> &mut Self {
        self.open("style").end_tag();
        self.out.push_str(sheet);
        self.close()
    }

    /// Writes other markup, with its elements closed.
    pub(crate) fn markup(&mut self, other: Self) -> &mut Self {
        self.end_tag();
        self.out.push_str(&other.finish());
        self
    }

    /// Closes the innermost open element.
    pub(crate) fn close(&mut self) -> &mut Self {
        let Some(name) = self.open.pop() else { return self };
        // HTML ignores the slash except in void elements and in SVG.
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

    /// Writes a newline, which makes the source readable.
    pub(crate) fn line(&mut self) -> &mut Self {
        self.end_tag();
        self.out.push('\n');
        self
    }

    /// Closes all open elements and returns the text.
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

/// Formats a number with at most one decimal place: `12`, `12.5`.
pub(crate) fn number(value: f64) -> String {
    format!("{}", (value * 10.0).round() / 10.0)
}

/// Appends text escaped for element content and for attributes in double quotes. Newlines and tabs become spaces, and
/// characters that are not allowed become U+FFFD.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            // XML does not allow these characters, even escaped.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other if other.is_control() => out.push('\u{fffd}'),
            // Bidirectional controls would reorder the text around them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}
