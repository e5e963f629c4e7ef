//! Words of dependency values.

/// Pattern of phrases before the names of dependencies in parentheses.
pub(crate) const DEPENDS_ON: &str = "abhängig\\s+von|h[äa]ngt\\s+ab\\s+von|depende\\s+de|d[ée]pend\\s+de|dipende\\s+da|afhankelijk\\s+van|zależy\\s+od|зависит\\s+от|依赖于?|依賴於?|前置|依存|의존";

/// Conjunctions between names, each with the space that must follow it.
const CONJUNCTIONS: [&str; 16] = [
    "y ", "e ", "et ", "en ", "i ", "oraz ", "ve ", "и ", "и ", "和 ", "与 ", "與 ", "及 ", "と ", "및 ",
    "와 ",
];

/// Returns the length of the conjunction at the start of a text, which a name must follow.
pub(crate) fn conjunction_length(text: &str) -> Option<usize> {
    let spaced = CONJUNCTIONS.into_iter().find(|word| text.starts_with(word)).map(str::len);
    spaced.or_else(|| {
        let unspaced = ["和", "与", "與", "及び", "および", "及", "と", "및"];
        unspaced.into_iter().find(|word| text.starts_with(word)).map(str::len)
    })
}
