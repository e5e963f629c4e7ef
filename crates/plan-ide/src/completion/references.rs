//! In brackets: the labels of link reference definitions that lead somewhere.

use plan_syntax::{BlockKind, outline::bytes};

use super::{Completion, CompletionKind, context::Context, links::leads_somewhere};

pub(super) fn references(context: &Context<'_>) -> Vec<Completion> {
    let typed = context.typed();
    let Some(open) = typed.rfind('[').filter(|open| !typed[*open..].contains(']')) else { return Vec::new() };
    // A box, a tag, an escaped bracket.
    let before = &typed[..open];
    let is_box = before.trim_start_matches([' ', '\t', '>']).trim_end().len() <= 2;
    let label = &typed[open + 1..];
    if is_box && before.ends_with([' ', '\t']) && !before.trim().is_empty()
        || before.ends_with('\\')
        || label.starts_with(['^', '!'])
        || context.in_backticks()
        || !context.in_text()
        || !context.links_are_ours()
    {
        return Vec::new();
    }
    let document = context.file.document();
    let rest = context.rest();
    let close = rest.find(']').filter(|close| !rest[..*close].contains(['[', '(']));
    let end = context.at + close.unwrap_or(0);
    let range = context.line_start + open + 1..end;
    let mut labels: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (start, segment) in document.segments() {
        let content = document.content(start, segment);
        for block in &content.outline.blocks {
            let BlockKind::LinkDefinition { label, destination } = &block.kind else { continue };
            let label = content.text[bytes(label)].to_owned();
            let target = &content.text[bytes(destination)];
            let here = (start..=start + content.text.len()).contains(&context.at)
                && start + block.span.start as usize >= context.line_start
                && start + (block.span.start as usize) < context.at;
            let is_known = labels.iter().any(|known| known.eq_ignore_ascii_case(&label));
            if here || is_known || label.contains('\n') || label.starts_with('^') {
                continue;
            }
            labels.push(label.clone());
            if !leads_somewhere(context, target) {
                continue;
            }
            let mut offer = context.offer(CompletionKind::Reference, &*label, target, range.clone());
            offer.edit.text = if close.is_some() { label } else { format!("{label}]") };
            found.push(offer);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check;

    #[test]
    fn labels_that_lead_somewhere() {
        let tail =
            "\n\n[spec]: https://example.org/spec\n[goal]: #plan-x\n[gone]: #nowhere\n[lost]: none.md\n";
        check(
            &format!("# Plan: x\n\n- [ ] 1.1 see [the text][$0{tail}"),
            expect![[r#"
            spec (https://example.org/spec): - [ ] 1.1 see [the text][spec]
            goal (#plan-x): - [ ] 1.1 see [the text][goal]"#]],
        );
        check(
            &format!("# Plan: x\n\n- [ ] 1.1 see [sp$0]{tail}"),
            expect!["spec (https://example.org/spec): - [ ] 1.1 see [spec]"],
        );
        check(
            &format!("# Plan: x\n\n- [ ] 1.1 a\n- [$0{tail}"),
            expect![[r#"
            1.2 (the next task): - [ ] 1.2 Title
            - [ ] (a task): - [ ] "#]],
        );
    }
}
