//! Titles of sections that are not part of the document's work: follow-up work, and checks for the reader.

use std::sync::LazyLock;

use super::{Role, phrases::PhraseTable};

/// Phrases for follow-up work. They match at the start of a word.
const FOLLOW_UP: [&str; 184] = [
    "next step",
    "next action",
    "follow-up",
    "follow up",
    "followup",
    "future work",
    "future enhancement",
    "future improvement",
    "future consideration",
    "future feature",
    "future task",
    "future stor",
    "future development",
    "future optimi",
    "future extension",
    "future direction",
    "future idea",
    "future roadmap",
    "future scope",
    "future action",
    "future opportunit",
    "future plan",
    "future possibilit",
    "future expansion",
    "future addition",
    "future refactor",
    "future cleanup",
    "future change",
    "possible improvement",
    "potential improvement",
    "potential enhancement",
    "possible enhancement",
    "suggested improvement",
    "further improvement",
    "later improvement",
    "improvements checklist",
    "improvement opportunit",
    "areas for improvement",
    "further work",
    "deferred item",
    "deferred task",
    "deferred work",
    "deferred to",
    "deferred feature",
    "deferred from",
    "deferred original",
    "deferred for",
    "deferred scope",
    "deferred until",
    "deferred improvement",
    "deferred issue",
    "deferred decision",
    "deferred follow",
    "out of scope",
    "nice to have",
    "nice-to-have",
    "stretch goal",
    "ongoing maintenance",
    "long-term",
    "long term",
    "post-implementation",
    "post implementation",
    "post-launch",
    "post-release",
    "post-merge",
    "post-deployment",
    "post-migration",
    "post-upgrade",
    "post-mvp",
    "after merging",
    "after merge",
    "after the merge",
    "after launch",
    "after release",
    "after the release",
    "qa results",
    "what's next",
    "what’s next",
    "looking ahead",
    "recommended next",
    "recommended follow",
    "recommended action",
    "recommended improvement",
    "parking lot",
    "wish list",
    "wishlist",
    "icebox",
    "próximos pasos",
    "próximos passos",
    "siguientes pasos",
    "pasos siguientes",
    "mejoras futuras",
    "futuras mejoras",
    "trabajo futuro",
    "fuera de alcance",
    "melhorias futuras",
    "futuras melhorias",
    "trabalho futuro",
    "trabalhos futuros",
    "fora do escopo",
    "prochaines étapes",
    "étapes suivantes",
    "améliorations futures",
    "évolutions futures",
    "améliorations possibles",
    "travaux futurs",
    "hors périmètre",
    "nächste schritte",
    "weitere schritte",
    "weiteres vorgehen",
    "zukünftige ",
    "künftige ",
    "spätere ",
    "mögliche verbesserungen",
    "nacharbeiten",
    "folgeaufgaben",
    "folgearbeiten",
    "zurückgestellt",
    "prossimi passi",
    "passi successivi",
    "miglioramenti futuri",
    "sviluppi futuri",
    "lavori futuri",
    "volgende stappen",
    "vervolgstappen",
    "toekomstige ",
    "nästa steg",
    "næste skridt",
    "neste steg",
    "seuraavat vaiheet",
    "další kroky",
    "következő lépések",
    "pașii următori",
    "sonraki adım",
    "langkah selanjutnya",
    "langkah berikutnya",
    "bước tiếp theo",
    "επόμενα βήματα",
    "следующие шаги",
    "дальнейшие шаги",
    "дальнейшие действия",
    "будущие ",
    "планы на будущее",
    "отложенн",
    "наступні кроки",
    "подальші кроки",
    "майбутні ",
    "następne kroki",
    "kolejne kroki",
    "dalsze kroki",
    "przyszłe ",
    "الخطوات التالية",
    "الخطوات القادمة",
    "अगले कदम",
    "הצעדים הבאים",
    "下一步",
    "后续",
    "後續",
    "未来改进",
    "未来优化",
    "未来工作",
    "未来计划",
    "未来规划",
    "未来增强",
    "未来扩展",
    "未來改進",
    "未來工作",
    "未來規劃",
    "改进建议",
    "優化建議",
    "优化建议",
    "長期規劃",
    "长期规划",
    "延后事项",
    "推迟的",
    "次のステップ",
    "今後の",
    "将来の",
    "フォローアップ",
    "改善案",
    "다음 단계",
    "향후",
    "후속",
    "추후",
];

/// Titles of lists that a review appends to a finished story. Such a phase is work.
const REVIEW_FINDINGS: [&str; 4] =
    ["review findings", "code review findings", "review issues", "senior developer review findings"];

/// Phrases for follow-up work that match only at the start of a title.
const FOLLOW_UP_FIRST: [&str; 6] = [
    "future phase",
    "future milestone",
    "future sprint",
    "future release",
    "future version",
    "future iteration",
];

/// Phrases for follow-up work that match only a whole title.
const FOLLOW_UP_ALONE: [&str; 57] = [
    "known limitations",
    "limitations",
    "bonus",
    "stretch",
    "extras",
    "nice-to-haves",
    "v2",
    "version 2",
    "future",
    "deferred",
    "improvements",
    "enhancements",
    "later",
    "outlook",
    "maintenance",
    "ideas",
    "recommendations",
    "recommendations for the future",
    "future ideas",
    "someday",
    "what is next",
    "recomendaciones",
    "mejoras",
    "mais tarde",
    "recomendações",
    "melhorias",
    "recommandations",
    "améliorations",
    "perspectives",
    "plus tard",
    "empfehlungen",
    "ausblick",
    "verbesserungen",
    "später",
    "raccomandazioni",
    "miglioramenti",
    "aanbevelingen",
    "verbeteringen",
    "рекомендации",
    "отложено",
    "улучшения",
    "рекомендації",
    "zalecenia",
    "rekomendacje",
    "未来",
    "未來",
    "建议",
    "建議",
    "改进",
    "展望",
    "推奨事項",
    "将来",
    "今後",
    "권장 사항",
    "권장사항",
    "개선 사항",
    "개선사항",
];

/// Purposes of checklists for the reader, in addition to words that start with `pre-`.
const CHECKLIST_PURPOSES: [&str; 26] = [
    "release",
    "signoff",
    "launch",
    "deployment",
    "rollout",
    "go-live",
    "preflight",
    "review",
    "self-review",
    "pr",
    "request",
    "merge",
    "submission",
    "final",
    "customization",
    "upgrade",
    "onboarding",
    "troubleshooting",
    "publishing",
    "publication",
    "production",
    "readiness",
    "release-readiness",
    "reviewer",
    "reader",
    "daily",
];

/// Phrases that introduce checks for the reader. They match at the start of a title.
const CHECKLIST_INTRODUCTIONS: [&str; 11] = [
    "before moving to",
    "before you go on",
    "before you continue",
    "before you submit",
    "before you merge",
    "before proceeding",
    "before merging",
    "before submitting",
    "before committing",
    "before release",
    "before the release",
];

/// Titles of steps that are taken only if something fails.
const CONTINGENCIES: [&str; 7] = [
    "rollback",
    "rollback plan",
    "rollback procedure",
    "rollback steps",
    "rollback strategy",
    "contingency",
    "contingency plan",
];

/// Titles of lists of conditions. Other words change the subject: `Gateway`, `Blocked by a firewall`.
const LISTS_OF_CONDITIONS: [(&str, Role); 7] = [
    ("gate", Role::Criterion),
    ("gates", Role::Criterion),
    ("validation gate", Role::Criterion),
    ("validation gates", Role::Criterion),
    ("blocked by", Role::Prerequisite),
    ("depends on", Role::Prerequisite),
    ("waiting for", Role::Prerequisite),
];

/// Returns the role of the tasks below a lower-case title, if they are not part of the document's work.
pub(super) fn title_role(title: &str) -> Option<Role> {
    let name = bare_title(title);
    if FOLLOW_UP_ALONE.contains(&name)
        || REVIEW_FINDINGS.contains(&name)
        || FOLLOW_UP_FIRST.iter().any(|phrase| name.starts_with(phrase))
        || mentions_follow_up(title)
    {
        // `Review follow-up` is work that results from a review.
        return (!title.contains("review follow")).then_some(Role::FollowUp);
    }
    // `Remaining tasks (optional)`
    if title.trim_end().ends_with("(optional)") || name.starts_with("optional ") {
        return Some(Role::FollowUp);
    }
    if let Some((_, role)) = LISTS_OF_CONDITIONS.iter().find(|(condition, _)| *condition == name) {
        return Some(*role);
    }
    let is_check = CONTINGENCIES.contains(&name)
        || CHECKLIST_INTRODUCTIONS.iter().any(|phrase| name.starts_with(phrase))
        || title.find("checklist").is_some_and(|at| {
            let purpose = title[..at].trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '-').next();
            purpose
                .is_some_and(|purpose| purpose.starts_with("pre-") || CHECKLIST_PURPOSES.contains(&purpose))
        });
    is_check.then_some(Role::Checklist)
}

/// Returns whether the name of a phase marks it as follow-up work: `Future improvements`, `Deferred`.
pub(crate) fn is_follow_up_title(title: &str) -> bool {
    let title = title.to_lowercase();
    let name = bare_title(&title);
    FOLLOW_UP_ALONE.contains(&name)
        || ["future ", "deferred"].iter().any(|word| name.starts_with(word)) && mentions_follow_up(&title)
}

/// Returns whether the text of a checkbox means that nothing has to be done: `None.`, `N/A`, `-`.
pub(crate) fn means_nothing_to_do(text: &str) -> bool {
    const NONE: [&str; 40] = [
        "none",
        "n/a",
        "na",
        "n.a",
        "not applicable",
        "nothing",
        "nil",
        "keine",
        "keine offenen",
        "entfällt",
        "nicht zutreffend",
        "aucun",
        "aucune",
        "néant",
        "sans objet",
        "ninguno",
        "ninguna",
        "no aplica",
        "nenhum",
        "nenhuma",
        "não se aplica",
        "nessuno",
        "nessuna",
        "geen",
        "n.v.t",
        "inga",
        "ingen",
        "brak",
        "yok",
        "нет",
        "отсутствует",
        "не требуется",
        "немає",
        "无",
        "無",
        "暂无",
        "なし",
        "該当なし",
        "없음",
        "해당 없음",
    ];
    const WORDS_AFTER_NONE: [&str; 14] = [
        "yet",
        "identified",
        "at this time",
        "at this point",
        "so far",
        "known",
        "required",
        "needed",
        "for now",
        "currently",
        "remaining",
        "found",
        "planned",
        "at present",
    ];
    let text = text.trim_matches(|c: char| {
        matches!(c, '*' | '_' | '`' | '(' | ')' | '.' | '。' | '!') || c.is_whitespace()
    });
    // `None required for the engine`
    const NOTHING_TO_DO: [&str; 5] =
        ["none required", "none needed", "none identified", "none planned", "none at this time"];
    let starts_with =
        |phrase: &&str| text.get(..phrase.len()).is_some_and(|start| start.eq_ignore_ascii_case(phrase));
    if NOTHING_TO_DO
        .iter()
        .any(|phrase| starts_with(phrase) && !text[phrase.len()..].starts_with(char::is_alphanumeric))
    {
        return true;
    }
    // Fast path: most texts are longer.
    if text.is_empty() || text.len() > 40 {
        return false;
    }
    let text = text.to_lowercase();
    if text.chars().all(|c| matches!(c, '-' | '–' | '—')) || NONE.contains(&text.as_str()) {
        return true;
    }
    text.strip_prefix("none ").is_some_and(|rest| WORDS_AFTER_NONE.contains(&rest))
}

/// Returns a title without number, emoji, remark in parentheses and punctuation around it.
fn bare_title(title: &str) -> &str {
    let name = title.trim_start_matches(|c: char| !c.is_alphabetic());
    let name = name.split(['(', '（', ':', '：']).next().unwrap_or_default();
    name.trim_end_matches(|c: char| !c.is_alphanumeric())
}

/// Returns whether a lower-case title contains a phrase for follow-up work.
fn mentions_follow_up(title: &str) -> bool {
    static FOLLOW_UP_PHRASES: LazyLock<PhraseTable> = LazyLock::new(|| PhraseTable::new(FOLLOW_UP));
    FOLLOW_UP_PHRASES.find(title).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(title: &str) -> Option<&'static str> {
        title_role(&title.to_lowercase()).map(Role::name)
    }

    #[test]
    fn titles_of_follow_up_sections() {
        for title in [
            "Next Steps",
            "Immediate next steps",
            "7. Next Steps",
            "Follow-Up Actions",
            "🔮 Future Enhancements",
            "Improvements Checklist",
            "Deferred",
            "Deferred items (not in this release)",
            "Recommendations",
            "QA Results",
            "Ongoing Maintenance",
            "Remaining tasks (optional)",
            "Optional improvements",
            "Known limitations",
            "🔮 v2",
            "Post-launch",
            "Future Phase: Own repository",
            "Próximos passos",
            "Próximos pasos",
            "下一步",
            "🎯 下一步行动",
            "未来改进",
            "다음 단계",
            "Nächste Schritte",
            "Prochaines étapes",
            "次のステップ",
            "Следующие шаги",
            "Prossimi passi",
            "Volgende stappen",
        ] {
            assert_eq!(role(title), Some("follow-up"), "{title}");
        }
        for title in [
            "Step 2: Next",
            "Performance improvements",
            "Deferred rendering",
            "Recommendation engine",
            "Tests for story 1 (OPTIONAL - only if asked for)",
            "Futures and promises",
            "Later stage of the build",
            "6. Review follow-up",
            "Low priority - future phases",
            "Tasks",
        ] {
            assert_eq!(role(title), None, "{title}");
        }
    }

    #[test]
    fn checks_for_the_reader() {
        for title in [
            "Release Checklist",
            "Pre-merge checklist",
            "Pre-Implementation Checklist",
            "📋 Final checklist",
            "Before you go on, confirm",
        ] {
            assert_eq!(role(title), Some("checklist"), "{title}");
        }
        for title in ["Checklist", "Implementation checklist", "Release", "Checklist page"] {
            assert_eq!(role(title), None, "{title}");
        }
    }

    #[test]
    fn lists_of_conditions() {
        assert_eq!(role("Validation gates"), Some("criterion"));
        assert_eq!(role("2. Gates:"), Some("criterion"));
        assert_eq!(role("Blocked By"), Some("prerequisite"));
        assert_eq!(role("Depends on (other teams)"), Some("prerequisite"));
        for title in ["Gateway", "Garden gate", "Blocked by a firewall"] {
            assert_eq!(role(title), None, "{title}");
        }
    }

    #[test]
    fn phases_after_the_work() {
        assert!(is_follow_up_title("Future enhancements"));
        assert!(is_follow_up_title("Deferred"));
        assert!(!is_follow_up_title("Follow-up of the pilot"));
        assert!(!is_follow_up_title("Deferred rendering"));
    }

    #[test]
    fn nothing_to_do() {
        for text in [
            "None.",
            "N/A",
            "-",
            "—",
            "**None**",
            "None identified",
            "None required for the engine (only for the shop)",
            "Keine",
            "Aucun",
            "无",
            "なし",
            "없음",
            "Нет",
        ] {
            assert!(means_nothing_to_do(text), "{text}");
        }
        for text in ["", "None of the tests may fail", "Nonexistent", "No", "- [ ] x"] {
            assert!(!means_nothing_to_do(text), "{text}");
        }
    }
}
