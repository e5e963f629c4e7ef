//! The examples of the CommonMark and GFM specifications.

/// An example of a specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The specification and the number of the example: `spec 12`, `gfm_table 3`.
    pub name: &'static str,
    /// The Markdown text.
    pub markdown: &'static str,
}

const FILES: [&str; 2] = [
    include_str!("../../../tests/data/commonmark/spec.txt"),
    include_str!("../../../tests/data/commonmark/gfm.txt"),
];

const SEPARATOR: &str = "%%%%%%%% ";

/// Returns all examples, in the order of the specifications.
pub fn examples() -> impl Iterator<Item = Example> {
    FILES.iter().flat_map(|file| file.split(SEPARATOR)).filter_map(|example| {
        let (name, markdown) = example.split_once('\n')?;
        Some(Example { name, markdown })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_specifications_are_read() {
        let examples: Vec<_> = super::examples().collect();
        assert!(examples.iter().filter(|example| example.name.starts_with("spec ")).count() > 640);
        assert!(examples.iter().any(|example| example.name == "gfm_table 1"));
        assert_eq!(examples[0].markdown, "\tfoo\tbaz\t\tbim\n");
    }
}
