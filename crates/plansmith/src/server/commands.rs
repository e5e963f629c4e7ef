//! `workspace/executeCommand`: the commands of the server.

use plan_ide::{
    Edit, Environment, File, TextRange,
    actions::{self, set_field::TaskField},
    rules::unfilled_placeholder::placeholders,
    sets,
};
use plan_model::State;
use plan_schema::{KnownValues, Skeleton, unknown_name_message};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use tower_lsp::{
    jsonrpc::{Error, ErrorCode, Result},
    lsp_types::{
        CreateFile, CreateFileOptions, DocumentChangeOperation, DocumentChanges, ExecuteCommandParams,
        Location, OneOf, OptionalVersionedTextDocumentIdentifier, Position, Range, ResourceOp,
        ShowDocumentParams, TextDocumentEdit, TextDocumentIdentifier, TextEdit, Url, WorkspaceEdit,
    },
};

use super::{
    Server,
    command_names::{
        CYCLE_TASK, GO_TO_SIBLING, GRAPH, ITEMS, LIST_TEMPLATES, MOVE_ITEM, NEW_PLAN, NEXT_PLACEHOLDER,
        NEXT_TASK, NEXT_TASKS, REQUIREMENT_COVERAGE, SET_FIELD, SET_STATE, STATUS, TOGGLE_TASK,
    },
    edit_application, edit_queue, short_arguments,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskArguments {
    text_document: TextDocumentIdentifier,
    ranges: Vec<Range>,
    #[serde(default)]
    with_children: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetStateArguments {
    #[serde(flatten)]
    tasks: TaskArguments,
    state: String,
    #[serde(default)]
    update_progress: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetFieldArguments {
    #[serde(flatten)]
    tasks: TaskArguments,
    field: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPlanArguments {
    template: String,
    uri: Option<Url>,
    title: Option<String>,
    owner: Option<String>,
    #[serde(default)]
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextTaskArguments {
    text_document: TextDocumentIdentifier,
    /// Position after which the next task is searched. `None` for the recommended next task.
    position: Option<Position>,
    #[serde(default)]
    backwards: bool,
    #[serde(default)]
    show: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextPlaceholderArguments {
    text_document: TextDocumentIdentifier,
    position: Position,
    #[serde(default)]
    backwards: bool,
    #[serde(default)]
    show: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SiblingArguments {
    text_document: TextDocumentIdentifier,
    /// Role of the documents; `None` for all roles.
    role: Option<String>,
    /// Path in the folder of the document set; `None` for all documents.
    name: Option<String>,
    /// Whether the client opens the first document.
    #[serde(default)]
    show: bool,
}

impl Server {
    pub(super) async fn run_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let argument = params.arguments.into_iter().next().unwrap_or_default();
        let roots = self.global.state.with(|state| state.roots.paths());
        let argument = short_arguments::expand(argument, &roots)
            .map_err(|problem| Error::invalid_params(format!("{}: {problem}", params.command)))?;
        match params.command.as_str() {
            TOGGLE_TASK => {
                let tasks: TaskArguments = read(TOGGLE_TASK, argument)?;
                let children = tasks.with_children;
                self.change_tasks(TOGGLE_TASK, tasks, move |file, ranges| {
                    Ok(actions::toggle_task::toggle_ranges(file, ranges, children))
                })
                .await
            }
            CYCLE_TASK => {
                let tasks: TaskArguments = read(CYCLE_TASK, argument)?;
                self.change_tasks(CYCLE_TASK, tasks, |file, ranges| {
                    Ok(actions::checkboxes::cycle_ranges(file, ranges))
                })
                .await
            }
            NEXT_TASK => self.next_task(read(NEXT_TASK, argument)?).await,
            SET_STATE => self.set_state(read(SET_STATE, argument)?).await,
            SET_FIELD => self.set_field(read(SET_FIELD, argument)?).await,
            NEW_PLAN => self.new_plan(read(NEW_PLAN, argument)?).await,
            LIST_TEMPLATES => Ok(Some(self.list_templates())),
            NEXT_PLACEHOLDER => self.next_placeholder(read(NEXT_PLACEHOLDER, argument)?).await,
            NEXT_TASKS => self.next_tasks(read_or_default(NEXT_TASKS, argument)?).await,
            STATUS => self.status(read_or_default(STATUS, argument)?).await,
            ITEMS => self.items(read(ITEMS, argument)?).await,
            GRAPH => self.graph(read(GRAPH, argument)?).await,
            MOVE_ITEM => self.move_item(read(MOVE_ITEM, argument)?).await,
            REQUIREMENT_COVERAGE => self.coverage().await,
            GO_TO_SIBLING => self.go_to_sibling(read(GO_TO_SIBLING, argument)?).await,
            unknown => Err(Error::invalid_params(format!("unknown command `{unknown}`"))),
        }
    }

    async fn set_state(&self, argument: SetStateArguments) -> Result<Option<Value>> {
        let Some(state) = State::ALL.into_iter().find(|state| state.name() == argument.state) else {
            let problem = unknown_name_message("state", &argument.state, State::ALL.map(State::name));
            return Err(Error::invalid_params(format!("{SET_STATE}: `state`: {problem}")));
        };
        self.global.update_today();
        let (children, update_progress) = (argument.tasks.with_children, argument.update_progress);
        self.change_tasks(SET_STATE, argument.tasks, move |file, ranges| {
            Ok(actions::toggle_task::set_ranges(file, ranges, children, state, update_progress))
        })
        .await
    }

    async fn set_field(&self, argument: SetFieldArguments) -> Result<Option<Value>> {
        let Some(field) = TaskField::ALL.into_iter().find(|field| field.name() == argument.field) else {
            let problem = unknown_name_message("field", &argument.field, TaskField::ALL.map(TaskField::name));
            return Err(Error::invalid_params(format!("{SET_FIELD}: `field`: {problem}")));
        };
        let value = argument.value;
        self.change_tasks(SET_FIELD, argument.tasks, move |file, ranges| {
            actions::set_field::set_in_ranges(file, ranges, field, &value)
        })
        .await
    }

    /// Changes tasks in ranges of a document. `change` returns the edits and the number of changed tasks.
    async fn change_tasks(
        &self,
        command: &str,
        argument: TaskArguments,
        change: impl FnOnce(&File, &[TextRange]) -> std::result::Result<(Vec<Edit>, usize), String>
        + Send
        + 'static,
    ) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        // The ranges of the command refer to this version, even if the command has to wait for another command.
        let requested = self.global.snapshot(&uri).map(|(snapshot, _)| snapshot);
        let Some(requested) = requested else { return Err(not_open(command, &uri)) };
        let buffer = requested.uri.clone();
        let permit = self.global.edit_queues.acquire(&buffer).await;
        let changed = self.with_snapshot(&buffer, move |snapshot, context| {
            let (before, now) = (requested.file.document(), snapshot.file.document());
            let ranges = argument.ranges.iter().map(|range| context.encoding.bytes(before, *range));
            let ranges: Vec<TextRange> = match requested.version == snapshot.version {
                true => ranges.collect(),
                false => edit_queue::map_ranges(before, now, ranges),
            };
            let is_removed = ranges.is_empty() && !argument.ranges.is_empty();
            if is_removed {
                return Err(edit_application::DOCUMENT_CHANGED.to_owned());
            }
            let (edits, changed) = change(&snapshot.file, &ranges)?;
            let edit =
                context.converter(snapshot).workspace_edit(&edits, context.client_caps.versioned_edits);
            Ok((edit, changed, snapshot.version))
        });
        let Some(changed) = changed.await? else { return Err(not_open(command, &uri)) };
        let (edit, changed, version) = match changed {
            Ok(changed) => changed,
            Err(reason) => return Ok(Some(json!({ "changed": 0, "reason": reason }))),
        };
        if changed == 0 {
            return Ok(Some(json!({ "changed": 0 })));
        }
        Ok(Some(match permit.apply(&self.global, edit, Some(version)).await {
            Ok(()) => json!({ "changed": changed }),
            Err(reason) => json!({ "changed": 0, "reason": reason }),
        }))
    }

    /// Returns the text of a new plan. If the command has a URI and the client can create files, creates the file by an edit.
    async fn new_plan(&self, argument: NewPlanArguments) -> Result<Option<Value>> {
        self.global.update_today();
        let (uri, creates) = (argument.uri.clone(), self.global.client_caps().creates_files);
        let permit = match uri.as_ref().filter(|_| creates) {
            Some(uri) => Some(self.global.edit_queues.acquire(uri).await),
            None => None,
        };
        let environment = self.global.environment();
        let text = tokio::task::spawn_blocking(move || new_text(&environment, argument));
        let text = text.await.map_err(internal_error)??;
        let mut response = json!({ "uri": uri, "text": text });
        if let Some((uri, permit)) = uri.zip(permit) {
            let applied = permit.apply(&self.global, create_file_edit(&uri, &text), None).await;
            response["created"] = applied.is_ok().into();
            if let Err(reason) = applied {
                response["reason"] = reason.into();
            }
        }
        Ok(Some(response))
    }

    fn list_templates(&self) -> Value {
        let environment = self.global.environment();
        let listed = environment.templates().all().iter().map(|template| {
            json!({
                "name": template.name,
                "description": template.description,
                "origin": template.path.as_deref().unwrap_or("built-in"),
            })
        });
        Value::Array(listed.collect())
    }

    async fn next_placeholder(&self, argument: NextPlaceholderArguments) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        let location = Location { uri: uri.clone(), range: Range::default() };
        let found = self.with_snapshot(&uri, move |snapshot, context| {
            let offset = context.offset(snapshot, argument.position);
            let mut all = placeholders(&snapshot.file);
            let next = if argument.backwards {
                all.retain(|found| found.range.end <= offset && found.range.start < offset);
                all.pop()
            } else {
                all.into_iter().find(|found| found.range.start > offset)
            };
            Some(context.encoding.range(snapshot.file.document(), &next?.range))
        });
        let Some(found) = found.await? else {
            return Err(not_open(NEXT_PLACEHOLDER, &uri));
        };
        let Some(range) = found else { return Ok(Some(Value::Null)) };
        if argument.show {
            self.show(uri, range);
        }
        Ok(Some(json!(Location { range, ..location })))
    }

    /// Returns the location of the next ready task, or `null`.
    async fn next_task(&self, argument: NextTaskArguments) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        let found = self.with_snapshot(&uri, move |snapshot, context| {
            let (plan, document) = (snapshot.file.plan(), snapshot.file.document());
            let tasks = snapshot.file.next_tasks().iter().filter_map(|index| plan.item(*index));
            let mut lines: Vec<TextRange> = tasks.map(|task| task.line()).collect();
            let line = match argument.position {
                None => lines.into_iter().next(),
                Some(position) => {
                    let offset = context.encoding.offset(document, position);
                    lines.sort_by_key(|line| line.start);
                    if argument.backwards {
                        lines.into_iter().rfind(|line| line.end < offset)
                    } else {
                        lines.into_iter().find(|line| line.start > offset)
                    }
                }
            };
            Some(context.encoding.range(document, &line?))
        });
        let Some(found) = found.await? else {
            return Err(not_open(NEXT_TASK, &uri));
        };
        let Some(range) = found else { return Ok(Some(Value::Null)) };
        if argument.show && self.global.client_caps().shows_documents {
            self.show(uri.clone(), range);
        }
        Ok(Some(json!(Location { uri, range })))
    }

    /// Returns the other documents in a document's set. With `show`, shows the first of them.
    async fn go_to_sibling(&self, argument: SiblingArguments) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        let found = self.with_snapshot(&uri, |snapshot, context| {
            context.with_workspace(&snapshot.file, |workspace| sets::siblings(&snapshot.file, workspace))
        });
        let Some(mut siblings) = found.await? else { return Err(not_open(GO_TO_SIBLING, &uri)) };
        siblings.retain(|sibling| {
            argument.role.as_ref().is_none_or(|role| *role == sibling.role.name())
                && argument.name.as_ref().is_none_or(|name| *name == sibling.name)
        });
        let uris = self.global.state.with(|state| {
            siblings.iter().map(|sibling| state.uri(&sibling.path)).collect::<Vec<Option<Url>>>()
        });
        let shown = uris.iter().flatten().next().filter(|_| argument.show);
        if let Some(shown) = shown.filter(|_| self.global.client_caps().shows_documents) {
            self.show(shown.clone(), Range::default());
        }
        let listed = siblings.iter().zip(&uris).filter_map(|(sibling, uri)| {
            Some(json!({"role": sibling.role.name(), "name": sibling.name, "uri": uri.as_ref()?}))
        });
        Ok(Some(Value::Array(listed.collect())))
    }

    /// Asks the client to show a range.
    fn show(&self, uri: Url, range: Range) {
        let client = self.global.client.clone();
        let shown =
            ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: Some(range) };
        tokio::spawn(async move {
            if let Err(error) = client.show_document(shown).await {
                tracing::warn!(%error, "client did not show the document");
            }
        });
    }
}

fn read<T: DeserializeOwned>(command: &str, argument: Value) -> Result<T> {
    serde_json::from_value(argument).map_err(|error| Error::invalid_params(format!("{command}: {error}")))
}

/// Reads the argument of a command, like [`read`]. Returns the default if the argument is missing.
fn read_or_default<T: DeserializeOwned + Default>(command: &str, argument: Value) -> Result<T> {
    if argument.is_null() { Ok(T::default()) } else { read(command, argument) }
}

/// Logs a failed task and returns the error for the client.
pub(super) fn internal_error(error: tokio::task::JoinError) -> Error {
    tracing::error!(%error, "request failed");
    let message = "internal error; please report this bug".into();
    Error { code: ErrorCode::InternalError, message, data: None }
}

/// Returns the error of a command on a document that is not open.
pub(super) fn not_open(command: &str, uri: &Url) -> Error {
    Error::invalid_params(format!("{command}: `{uri}` is not open"))
}

/// Returns the text of a new plan.
///
/// # Errors
/// Returns an error if the template is unknown, the file exists, or a field is not a string.
fn new_text(environment: &Environment, argument: NewPlanArguments) -> Result<String> {
    let Some(template) = environment.templates().named(&argument.template) else {
        let names: Vec<&str> =
            environment.templates().all().iter().map(|template| template.name.as_str()).collect();
        let message =
            format!("{NEW_PLAN}: unknown template `{}`; available: {}", argument.template, names.join(", "));
        return Err(Error::invalid_params(message));
    };
    let path = argument.uri.as_ref().and_then(|uri| uri.to_file_path().ok());
    if let Some(path) = path.as_ref().filter(|path| path.exists()) {
        let message = format!("{NEW_PLAN}: file `{}` already exists; choose another name", path.display());
        return Err(Error::invalid_params(message));
    }
    let mut fields = Vec::new();
    for (key, value) in argument.fields {
        match value {
            Value::String(value) => fields.push((key, value)),
            other => {
                let message =
                    format!("{NEW_PLAN}: invalid value `{other}` for `fields.{key}`; expected a string");
                return Err(Error::invalid_params(message));
            }
        }
    }
    let from_name = || plan_ide::completion::title_of(&path.as_ref()?.to_string_lossy());
    let values = KnownValues {
        title: argument.title.or_else(from_name),
        owner: argument.owner.or_else(|| environment.owner.clone()),
        today: environment.today.clone(),
        fields,
    };
    Ok(Skeleton::plan(template, &values).to_text())
}

/// Returns the edit that creates a file with a text.
fn create_file_edit(uri: &Url, text: &str) -> WorkspaceEdit {
    let options = CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) };
    let create = CreateFile { uri: uri.clone(), options: Some(options), annotation_id: None };
    let write = TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri: uri.clone(), version: None },
        edits: vec![OneOf::Left(TextEdit { range: Range::default(), new_text: text.to_owned() })],
    };
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(vec![
            DocumentChangeOperation::Op(ResourceOp::Create(create)),
            DocumentChangeOperation::Edit(write),
        ])),
        ..WorkspaceEdit::default()
    }
}
