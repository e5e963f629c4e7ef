//! The tools: their descriptions, and their results as JSON.

use std::{path::Path, sync::Arc};

use plan_ide::{
    File, Workspace,
    operations::{Claim, Operation, OwnerChange, SetState},
    overview, report,
    sets::{Coverage, DocumentSet},
};
use plan_model::State;
use plan_schema::unknown_name_message;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::{
    arguments::{
        self, CoverageArguments, ItemArguments, PageArguments, PathArguments, ReadyArguments, SetArguments,
    },
    plans::Plans,
    results::{MAX_TASK_CHARS, bounded_entry, page, shortened, shortened_for_message},
};
use crate::{
    coverage_report::SetCoverage,
    files::RealDisk,
    lines::LineIndex,
    plan_edit::{self, EditError},
    task_json::TaskDetailsJson,
};

/// Name of the tool that changes plans.
const SET_TASK: &str = "set_task";

/// Returns the names of all states.
fn states() -> Vec<&'static str> {
    State::ALL.map(State::name).to_vec()
}

/// Returns the tools; those that change plans only with `write`.
pub(super) fn list(write: bool) -> Vec<Tool> {
    let text = |description: &str| json!({"type": "string", "description": description});
    let path = || text("path from list_plans");
    let item = || text("ID such as `1.2` or `T012`, exact title, or `line:N`");
    let limit = || json!({"type": "integer", "minimum": 1, "maximum": arguments::MAX_LIMIT});
    let cursor = || text("next_cursor of the previous result");
    let state = || json!({"type": "string", "enum": states()});
    let tool = |name: &'static str,
                description: &'static str,
                required: &[&str],
                members: Value,
                result: &[&str]| {
        let input = json!({"type": "object", "properties": members, "required": required, "additionalProperties": false});
        let is_list = |name: &&str| !matches!(*name, "task" | "next_cursor" | "total");
        let output: JsonObject = result
            .iter()
            .map(|name| {
                let kind = match *name {
                    name if is_list(&name) => json!({"type": "array", "items": {"type": "object"}}),
                    "task" => json!({"type": "object"}),
                    "total" => json!({"type": "integer"}),
                    _ => json!({"type": ["string", "null"]}),
                };
                ((*name).to_owned(), kind)
            })
            .collect();
        let output = json!({"type": "object", "properties": output, "required": result});
        let is_change = name == SET_TASK;
        let annotations = ToolAnnotations::new()
            .read_only(!is_change)
            .destructive(false)
            .idempotent(!is_change)
            .open_world(false);
        Tool::new(name, description, object(input))
            .with_raw_output_schema(Arc::new(object(output)))
            .with_annotations(annotations)
    };
    let mut tools = vec![
        tool(
            "list_plans",
            "List the plans with status and progress.",
            &[],
            json!({"limit": limit(), "cursor": cursor()}),
            &["plans", "next_cursor"],
        ),
        tool(
            "ready_tasks",
            "List ready tasks: open or active, with all dependencies done. Active tasks come first.",
            &[],
            json!({"path": path(), "owner": text("only tasks of this owner"), "limit": limit(), "cursor": cursor()}),
            &["tasks", "next_cursor"],
        ),
        tool(
            "get_task",
            "Get the text, files, requirements and dependencies of a task or phase.",
            &["path", "item"],
            json!({"path": path(), "item": item()}),
            &["task"],
        ),
    ];
    if write {
        tools.push(tool(
            SET_TASK,
            "Set the state of a task, and optionally its owner. Without item and with state `active`, claim the next ready task. Fails if the task is not in the state `expect`, for example because another process changed it.",
            &["path", "state"],
            json!({"path": path(), "item": item(), "state": state(), "expect": state(), "owner": text("owner to set")}),
            &["task"],
        ));
    }
    tools.push(tool(
        "check_plan",
        "Check a plan for contradictions, such as done tasks with open dependencies.",
        &["path"],
        json!({"path": path(), "limit": limit(), "cursor": cursor()}),
        &["findings", "total", "next_cursor"],
    ));
    tools.push(tool(
        "coverage",
        "List the requirements of specifications that no task refers to.",
        &[],
        json!({"path": text("folder or document; default: all"), "limit": limit(), "cursor": cursor()}),
        &["sets", "next_cursor"],
    ));
    tools
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        _ => JsonObject::default(),
    }
}

/// Returns a message if no tool has the name.
pub(super) fn unknown_name(name: &str) -> Option<String> {
    let tools = list(true);
    let names = || tools.iter().map(|tool| &*tool.name);
    let is_known = names().any(|known| known == name);
    (!is_known).then(|| unknown_name_message("tool", &shortened_for_message(name), names()))
}

/// Calls a tool.
///
/// # Errors
/// Returns a message for the model that states what to do.
pub(super) fn call(plans: &Plans, name: &str, arguments: JsonObject, write: bool) -> Result<Value, String> {
    let tools = list(true);
    let Some(tool) = tools.iter().find(|tool| tool.name == name) else {
        return Err(unknown_name(name).unwrap_or_default());
    };
    if name == SET_TASK && !write {
        return Err("set_task is disabled; start the server with `plansmith mcp --write`".to_owned());
    }
    arguments::check(&tool.input_schema, &arguments)?;
    match name {
        "list_plans" => list_plans(plans, arguments::read(arguments)?),
        "ready_tasks" => ready_tasks(plans, arguments::read(arguments)?),
        "get_task" => get_task(plans, &arguments::read(arguments)?),
        SET_TASK => set_task(plans, arguments::read(arguments)?),
        "check_plan" => check_plan(plans, &arguments::read(arguments)?),
        _ => coverage(plans, &arguments::read(arguments)?),
    }
}

fn list_plans(plans: &Plans, arguments: PageArguments) -> Result<Value, String> {
    let limit = arguments::limit(arguments.limit);
    let (page, next) = page(plans.unarchived_plans(), limit, arguments.cursor.as_deref())?;
    let listed = page.into_iter().map(|(path, file)| {
        let status = overview::status(&file);
        bounded_entry(json!({
            "path": path,
            "title": status.title,
            "status": status.status_text,
            "done": status.done,
            "total": status.total,
        }))
    });
    Ok(json!({"plans": listed.collect::<Vec<_>>(), "next_cursor": next}))
}

fn ready_tasks(plans: &Plans, arguments: ReadyArguments) -> Result<Value, String> {
    let limit = arguments::limit(arguments.limit);
    let files = match &arguments.path {
        Some(path) => vec![plans.file(path)?],
        None => plans.unarchived_plans(),
    };
    let mut tasks = Vec::new();
    for (path, file) in &files {
        tasks.extend(TaskDetailsJson::of_items(path, file, file.next_tasks()));
    }
    if let Some(owner) = &arguments.owner {
        let is_own =
            |task: &TaskDetailsJson| task.owner.as_ref().is_some_and(|own| overview::is_owned_by(own, owner));
        tasks.retain(is_own);
    }
    let (page, next) = page(tasks, limit, arguments.cursor.as_deref())?;
    let tasks: Vec<Value> = page.into_iter().map(|task| bounded_entry(json!(task))).collect();
    Ok(json!({"tasks": tasks, "next_cursor": next}))
}

/// Returns the JSON of a task with its text.
fn details(path: &str, file: &File, item: usize) -> Value {
    let Some(task) = overview::task_details(file, item) else { return Value::Null };
    let text = shortened(&task.text, MAX_TASK_CHARS);
    let open = task.open_dependencies.clone();
    let mut value = bounded_entry(json!(TaskDetailsJson::new(path, task)));
    value["open_dependencies"] = bounded_entry(json!(open));
    value["text"] = text.into();
    value
}

fn get_task(plans: &Plans, arguments: &ItemArguments) -> Result<Value, String> {
    let (path, file) = plans.file(&arguments.path)?;
    let item = plan_ide::operations::find(&file, &arguments.item)
        .map_err(|refusal| shortened(&refusal.to_string(), MAX_TASK_CHARS))?;
    Ok(json!({"task": details(&path, &file, item)}))
}

fn state(name: &str) -> Option<State> {
    State::ALL.into_iter().find(|state| state.name() == name)
}

fn set_task(plans: &Plans, arguments: SetArguments) -> Result<Value, String> {
    let key = plans.key(&arguments.path)?.to_owned();
    let to = state(&arguments.state).ok_or("unknown state")?;
    let expect = arguments.expect.as_deref().and_then(state);
    let operation = match arguments.item {
        Some(items) => Operation::Set(SetState {
            items,
            state: to,
            expect,
            owner: arguments.owner.map_or(OwnerChange::Keep, OwnerChange::Set),
            note: None,
            update_progress: true,
        }),
        None if to == State::Active => Operation::Claim(Claim {
            item: None,
            owner: arguments.owner,
            default_owner: Some("agent".to_owned()),
            reassign: false,
        }),
        None => return Err("missing argument `item`; only state `active` works without it".to_owned()),
    };
    let edited = plan_edit::edit_file(Path::new(&key), plans.environment(), &[operation], false);
    let edited = edited.map_err(|error| {
        let remedy = match error {
            EditError::Refused(plan_ide::operations::Refusal::Unexpected(_)) => {
                "; call get_task to see its current state"
            }
            EditError::Refused(plan_ide::operations::Refusal::NothingReady { assigned: 1.., .. }) => {
                "; pass `item` to take one"
            }
            _ => "",
        };
        shortened(&format!("{error}{remedy}"), MAX_TASK_CHARS)
    })?;
    let path = plans.name(&key);
    let item = edited.applied.items.first();
    Ok(json!({"task": item.map_or(json!({}), |item| details(&path, &edited.applied.file, *item))}))
}

fn check_plan(plans: &Plans, arguments: &PathArguments) -> Result<Value, String> {
    let limit = arguments::limit(arguments.limit);
    let (_, file) = plans.file(&arguments.path)?;
    let index = plans.index();
    let disk = RealDisk::new(Arc::clone(plans.environment()));
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    let severities =
        plans.project.folder_settings.severities(file.path(), &plan_ide::RuleSeverities::default());
    let findings = report(&file, &workspace, &severities);
    let text = file.document().text();
    let lines = LineIndex::new(&text);
    let findings: Vec<Value> = findings
        .iter()
        .map(|(finding, severity)| {
            bounded_entry(json!({
                "line": lines.line_column(finding.range.start).line,
                "rule": finding.rule.name,
                "severity": severity.name(),
                "message": finding.message,
            }))
        })
        .collect();
    let total = findings.len();
    let (findings, next) = page(findings, limit, arguments.cursor.as_deref())?;
    Ok(json!({"findings": findings, "total": total, "next_cursor": next}))
}

fn coverage(plans: &Plans, arguments: &CoverageArguments) -> Result<Value, String> {
    let limit = arguments::limit(arguments.limit);
    let index = plans.index();
    let is_asked = |set: &DocumentSet| {
        arguments.path.as_ref().is_none_or(|asked| {
            let asked = asked.trim_matches('/').trim_start_matches("./");
            let own = set.documents.iter().filter(|document| !document.shared);
            own.map(|document| plans.name(&document.path))
                .any(|name| name == asked || asked == "." || plan_ide::workspace::path::is_in(&name, asked))
        })
    };
    let sets = DocumentSet::all(&index, &plans.environment().families).into_iter();
    let covered = sets.filter(|set| !set.archived && is_asked(set)).filter_map(|set| {
        let coverage = Coverage::of(&set);
        let (referenced, total) = coverage.counted_requirements();
        (total > 0).then(|| {
            let report = json!(SetCoverage::new(&set, &coverage, plans.first_root(), true));
            let uncovered = report["requirements"].as_array().into_iter().flatten().map(|requirement| {
                json!({
                    "id": requirement["id"],
                    "title": requirement["title"],
                    "path": requirement["path"],
                    "line": requirement["line"],
                })
            });
            bounded_entry(json!({
                "path": report["path"],
                "family": report["family"],
                "referenced": referenced,
                "requirements": total,
                "uncovered": uncovered.collect::<Vec<_>>(),
            }))
        })
    });
    let covered: Vec<Value> = covered.collect();
    if covered.is_empty()
        && let Some(asked) = &arguments.path
    {
        return Err(format!(
            "no requirements in `{}`; omit path to list all sets",
            shortened_for_message(asked)
        ));
    }
    let (sets, next) = page(covered, limit, arguments.cursor.as_deref())?;
    Ok(json!({"sets": sets, "next_cursor": next}))
}
