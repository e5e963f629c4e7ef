//! Roles of documents that are not plans in progress, determined by path: archives, templates, vendored files,
//! prompts for agents, handbooks of tools, sample data of tests.

use plan_model::{Meaning, Plan, State};

use crate::{PlaceholderContext, find_placeholders};

/// The role of a document that is not a plan in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathRole {
    /// A finished or discarded document that is kept.
    Archive,
    /// A template for new documents.
    Template,
    /// A file of another project.
    Vendored,
    /// Text for an agent: a command, a skill, the definition of an agent, rules.
    Prompt,
    /// The documentation and working files of a tool for plans.
    Handbook,
    /// Sample data of tests.
    Fixture,
}

impl PathRole {
    /// All roles.
    pub const ALL: [Self; 6] =
        [Self::Archive, Self::Template, Self::Vendored, Self::Prompt, Self::Handbook, Self::Fixture];

    /// Returns the name used in settings, in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Self::Archive => "archives",
            Self::Template => "templates",
            Self::Vendored => "vendored",
            Self::Prompt => "prompts",
            Self::Handbook => "handbooks",
            Self::Fixture => "fixtures",
        }
    }

    /// Returns the role with this name in settings.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Returns the reason for the classification of a document with this role.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Archive => "archived",
            Self::Template => "template for documents",
            Self::Vendored => "vendored file",
            Self::Prompt => "prompt for an agent",
            Self::Handbook => "handbook of a tool",
            Self::Fixture => "sample data of a test",
        }
    }
}

/// State that a folder's name implies for the plans in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderMeaning {
    /// Plans in progress: `active`.
    Active,
    /// Finished plans: `completed`, `done`.
    Done,
    /// Finished or cancelled plans: `archive`.
    Archived,
}

/// Returns the name and the meaning of the nearest folder of a path with a recognized name.
pub fn folder_meaning(path: &str) -> Option<(&str, FolderMeaning)> {
    path.rsplit('/').skip(1).find_map(|folder| Some((folder, meaning(folder)?)))
}

/// Returns the meaning of a folder's name. The name may also contain punctuation, numbers and single letters, which are
/// used for sorting: `.archive`, `z_archive`, `99-done`, `archive-2025`.
fn meaning(folder: &str) -> Option<FolderMeaning> {
    // Longer names have no recognized meaning. This avoids the work below.
    if folder.len() > 24 {
        return None;
    }
    let folder = folder.to_lowercase().replace("in-progress", "wip").replace("in_progress", "wip");
    let mut words =
        folder.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).filter(|word| {
            let sorts = word.chars().count() <= 2 && word.chars().all(|c| c == 'z' || c == 'x')
                || word.chars().all(|c| c.is_ascii_digit());
            !sorts && !matches!(*word, "plan" | "plans" | "tasks" | "specs" | "docs")
        });
    let (Some(word), None) = (words.next(), words.next()) else { return None };
    match word {
        "active" | "current" | "wip" | "ongoing" | "doing" | "inprogress" => Some(FolderMeaning::Active),
        "completed" | "complete" | "done" | "finished" => Some(FolderMeaning::Done),
        "archive" | "archived" | "archives" => Some(FolderMeaning::Archived),
        _ => None,
    }
}

/// Returns the role of a document by its path relative to the workspace folder. Some folders contain both plans and
/// other documents. In these folders, the content of the document, which `plan` returns, determines the role.
pub fn path_role<'a>(path: &str, plan: impl Fn() -> &'a Plan) -> Option<PathRole> {
    let as_written = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let path = path.replace('\\', "/").to_lowercase();
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let has = |names: &[&str]| folders.iter().any(|folder| names.contains(folder));
    if has(&VENDOR_FOLDERS) {
        return Some(PathRole::Vendored);
    }
    if has(&FIXTURE_FOLDERS) {
        return Some(PathRole::Fixture);
    }
    if let Some(role) = role_in_tool(&folders) {
        return role;
    }
    if PROMPT_NAMES.contains(&as_written) || PROMPT_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return Some(PathRole::Prompt);
    }
    if folders.contains(&"issue_template") || stem.starts_with("pull_request_template") {
        return Some(PathRole::Template);
    }
    let is_form_name = stem == "template"
        || stem.strip_suffix("template").is_some_and(|rest| {
            let word = rest.trim_end_matches(['-', '_', '.', ' ']);
            word.len() < rest.len() && TEMPLATE_KINDS.contains(&word)
        });
    let in_templates = has(&["templates", "template", "_templates", "_template", ".templates", ".template"]);
    if (in_templates || is_form_name) && is_form(plan()) {
        return Some(PathRole::Template);
    }
    if has(&PROMPT_FOLDERS) {
        let plan = plan();
        if has_prompt_header(plan) {
            return Some(PathRole::Prompt);
        }
        if has_placeholders(plan) {
            return Some(PathRole::Template);
        }
    }
    match folder_meaning(&path) {
        Some((_, FolderMeaning::Done | FolderMeaning::Archived)) => Some(PathRole::Archive),
        _ => None,
    }
}

/// Folders with files of other projects.
const VENDOR_FOLDERS: [&str; 9] = [
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "thirdparty",
    "site-packages",
    "node_modules",
    "bower_components",
    "pods",
];

/// Folders with sample data of tests.
const FIXTURE_FOLDERS: [&str; 6] =
    ["__fixtures__", "fixtures", "test-data", "test_data", "test_fixtures", "testdata"];

/// File names of instructions for agents.
const PROMPT_NAMES: [&str; 6] =
    ["SKILL.md", "AGENTS.md", "CLAUDE.md", "GEMINI.md", "WARP.md", "copilot-instructions.md"];

/// Suffixes of the file names of prompts.
const PROMPT_ENDINGS: [&str; 5] =
    [".prompt.md", ".agent.md", ".chatmode.md", ".instructions.md", ".prompt.markdown"];

/// Folders with prompts, anywhere in a project. A file in such a folder is a prompt if it also has the front matter
/// of a prompt.
const PROMPT_FOLDERS: [&str; 5] = ["agents", "commands", "prompts", "skills", "subagents"];

/// Folders with prompts directly in the folder of an agent, such as `.claude` or `.github`.
const AGENT_FOLDERS: [&str; 18] = [
    "agent",
    "agents",
    "chatmodes",
    "command",
    "commands",
    "hooks",
    "instructions",
    "modes",
    "output-styles",
    "prompts",
    "rules",
    "scripts",
    "settings",
    "skills",
    "standards",
    "steering",
    "subagents",
    "workflows",
];

/// Kinds of documents for which templates are common: `plan-template.md`.
const TEMPLATE_KINDS: [&str; 12] = [
    "plan",
    "tasks",
    "task",
    "spec",
    "design",
    "requirements",
    "checklist",
    "review",
    "roadmap",
    "proposal",
    "implementation-plan",
    "project-plan",
];

/// Folders of tools with the role of their documents; `None` for plans. The first match applies.
const TOOL_FOLDERS: [(&str, Option<PathRole>); 27] = [
    (".specify/specs", None),
    (".specify/templates", Some(PathRole::Template)),
    (".specify/presets", Some(PathRole::Template)),
    (".specify/extensions", Some(PathRole::Template)),
    (".specify", Some(PathRole::Handbook)),
    (".bmad-core/templates", Some(PathRole::Template)),
    (".bmad-core", Some(PathRole::Handbook)),
    ("_bmad", Some(PathRole::Handbook)),
    ("openspec/schemas", Some(PathRole::Template)),
    ("openspec/explorations", Some(PathRole::Handbook)),
    (".planning/research", Some(PathRole::Handbook)),
    (".planning/codebase", Some(PathRole::Handbook)),
    (".planning/onboarding", Some(PathRole::Handbook)),
    (".planning/debug", Some(PathRole::Handbook)),
    (".planning/milestones", Some(PathRole::Archive)),
    ("codev/protocols", Some(PathRole::Handbook)),
    ("codev/roles", Some(PathRole::Handbook)),
    ("codev/consult-types", Some(PathRole::Handbook)),
    ("codev/resources", Some(PathRole::Handbook)),
    ("codev/projects", Some(PathRole::Handbook)),
    ("codev/state", Some(PathRole::Handbook)),
    ("codev-skeleton", Some(PathRole::Handbook)),
    ("ccpm/commands", Some(PathRole::Prompt)),
    ("ccpm/rules", Some(PathRole::Prompt)),
    (".claude/context", Some(PathRole::Prompt)),
    (".agent-os/backups", Some(PathRole::Handbook)),
    (".agent-os/specs/_template", Some(PathRole::Template)),
];

/// Returns the role of a document in the folder of a tool or agent. `None` outside such folders, `Some(None)` for a
/// plan in such a folder.
fn role_in_tool(folders: &[&str]) -> Option<Option<PathRole>> {
    let is_in = |tool: &str| {
        let parts: Vec<&str> = tool.split('/').collect();
        folders.windows(parts.len()).any(|window| window == parts)
    };
    if let Some((_, role)) = TOOL_FOLDERS.iter().find(|(tool, _)| is_in(tool)) {
        return Some(*role);
    }
    let is_hidden = |folder: &str| folder.len() > 2 && folder.starts_with('.');
    let is_prompt = |pair: &[&str]| is_hidden(pair[0]) && AGENT_FOLDERS.contains(&pair[1]);
    folders.windows(2).any(is_prompt).then_some(Some(PathRole::Prompt))
}

/// Returns whether a document in a template folder is a template: it contains placeholders, or it has neither header
/// fields nor done tasks.
fn is_form(plan: &Plan) -> bool {
    has_placeholders(plan)
        || !plan.items().any(|item| item.state() == Some(State::Done))
            && plan.fields().into_iter().all(|field| field.value.trim().is_empty())
}

/// Returns whether the title, at least half of the items, or at least half of the header fields have placeholders.
fn has_placeholders(plan: &Plan) -> bool {
    let is_open = |text: &str| {
        !find_placeholders(text, PlaceholderContext::Text).is_empty()
            || ["{{", "$ARGUMENTS", "${"].iter().any(|sign| text.contains(sign))
            || is_enclosed(text, '<', '>')
            || is_enclosed(text, '{', '}')
    };
    if plan.sections().next().is_some_and(|section| section.level() == 1 && is_open(&section.raw_title())) {
        return true;
    }
    let fields: Vec<_> = plan.fields().into_iter().collect();
    let open_fields = fields.iter().filter(|field| is_open(&field.value)).count();
    let (mut tasks, mut open_tasks) = (0, 0);
    for item in plan.items() {
        tasks += 1;
        open_tasks += usize::from(is_open(&item.title()));
    }
    open_tasks * 2 >= tasks && open_tasks > 0 || open_fields >= 2 && open_fields * 2 >= fields.len()
}

/// Returns whether a text contains words in brackets of this kind: `<feature>`.
fn is_enclosed(text: &str, opening: char, closing: char) -> bool {
    let Some((_, rest)) = text.split_once(opening) else { return false };
    rest.split_once(closing).is_some_and(|(inside, _)| {
        !inside.is_empty() && inside.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
    })
}

/// Returns whether the front matter is that of a prompt: it has a `description` but no status.
fn has_prompt_header(plan: &Plan) -> bool {
    let entries = plan.front_matter();
    let is_named =
        |name: &str| entries.iter().any(|entry| plan.document().slice(entry.key.clone()).trim() == name);
    is_named("description") && !entries.iter().any(|entry| entry.meaning == Some(Meaning::Status))
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    fn role(path: &str, text: &str) -> Option<&'static str> {
        let plan = Plan::new(&Document::new(text));
        path_role(path, || &plan).map(PathRole::name)
    }

    #[test]
    fn the_nearest_folder_decides() {
        let plan = "# Plan: x\n\n- [ ] a\n";
        for path in [
            "plans/archive/x.md",
            "plans/.archive/x.md",
            "plans/z_archive/x.md",
            "plans/_Archive/x.md",
            "docs/archived/2025/x.md",
            "plans/Completed/0007-x/PLAN.md",
            "plans/active/done/x.md",
            "docs/archive-2025/x.md",
            "active/tool/docs/specs/.archive/x.md",
            ".planning/milestones/v1.2-phases/01-a/01-PLAN.md",
        ] {
            assert_eq!(role(path, plan), Some("archives"), "{path}");
        }
        for path in [
            "plans/archive/active/x.md",
            "plans/archive-service/x.md",
            "plans/0007-archive-old-data/x.md",
            "web-archive/plan.md",
            "archive.md",
            "plans/done.md",
            "plans/in-progress/x.md",
        ] {
            assert_eq!(role(path, plan), None, "{path}");
        }
    }

    #[test]
    fn templates_by_place_and_content() {
        let form = "# Plan: [Feature name]\n\n- [ ] [Task 1]\n";
        let plan = "# Plan: Move the index\n\n**Status**: In Progress\n\n- [x] a\n- [ ] b\n";
        let blank = "# Release\n\n- [ ] Bump the version\n";
        assert_eq!(role("docs/templates/plan.md", form), Some("templates"));
        assert_eq!(role("docs/templates/release.md", blank), Some("templates"));
        assert_eq!(role("docs/templates/plan.md", plan), None, "work is done in it");
        assert_eq!(role("docs/plan-template.md", form), Some("templates"));
        assert_eq!(role("plans/0012-invoice-template.md", blank), None, "a plan about a template");
        assert_eq!(role("specs/23-00-template-creation/tasks.md", form), None);
        assert_eq!(role("plans/plan.md", form), None, "a draft");
        assert_eq!(role(".specify/templates/tasks-template.md", plan), Some("templates"));
        assert_eq!(role(".github/ISSUE_TEMPLATE/bug.md", blank), Some("templates"));
        assert_eq!(role("agents/planner/plan.md", "# Plan: <feature>\n"), Some("templates"));
    }

    #[test]
    fn prompts_are_files_and_not_everything_in_hidden_folders() {
        let plan = "# Plan: x\n\n- [ ] a\n";
        let prompt = "---\nname: planner\ndescription: Writes plans\n---\n# Plan\n\n- [ ] Ask\n";
        for path in [
            ".claude/commands/plan.md",
            ".claude/commands/tasks/split.md",
            ".claude/agents/planner.md",
            ".opencode/command/speckit.tasks.md",
            ".github/prompts/speckit.plan.prompt.md",
            ".cursor/rules/plans.md",
            ".kiro/steering/tech.md",
            "tools/SKILL.md",
            "AGENTS.md",
        ] {
            assert_eq!(role(path, plan), Some("prompts"), "{path}");
        }
        assert_eq!(role("skills/planning/reviewer.md", prompt), Some("prompts"));
        assert_eq!(role("extensions/git/commands/plan.md", prompt), Some("prompts"));
        for path in [
            ".claude/progress/x.md",
            ".claude/plans/x.md",
            ".kiro/specs/commands/tasks.md",
            ".planning/phases/01-a/01-PLAN.md",
            ".specify/specs/001-x/tasks.md",
            "docs/commands/plan.md",
            "docs/agents.md",
        ] {
            assert_eq!(role(path, plan), None, "{path}");
        }
    }

    #[test]
    fn handbooks_and_vendored_files() {
        let plan = "# Plan: x\n\n- [ ] a\n";
        assert_eq!(role(".specify/memory/constitution.md", plan), Some("handbooks"));
        assert_eq!(role("codev/protocols/spir/protocol.md", plan), Some("handbooks"));
        assert_eq!(role("third_party/lib/TODO.md", plan), Some("vendored"));
        assert_eq!(role("tests/test_data/tracker.md", plan), Some("fixtures"));
        assert_eq!(role("tests/tracker.md", plan), None);
        assert_eq!(role("codev/plans/0001-x.md", plan), None);
    }
}
