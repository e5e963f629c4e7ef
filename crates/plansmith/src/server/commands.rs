//! The commands that the server runs: `workspace/executeCommand`.

use plan_ide::{Edit, Environment, File, TextRange, actions, rules::unfilled_placeholder::placeholders};
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
    capabilities::{
        CYCLE_TASK, GRAPH, ITEMS, LIST_TEMPLATES, NEW_PLAN, NEXT_PLACEHOLDER, NEXT_TASK, NEXT_TASKS,
        SET_STATE, STATUS, TOGGLE_TASK,
    },
    turns,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tasks {
    text_document: TextDocumentIdentifier,
    ranges: Vec<Range>,
    #[serde(default)]
    with_children: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetState {
    #[serde(flatten)]
    tasks: Tasks,
    state: String,
    #[serde(default)]
    update_progress: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPlan {
    template: String,
    uri: Option<Url>,
    title: Option<String>,
    owner: Option<String>,
    #[serde(default)]
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextTask {
    text_document: TextDocumentIdentifier,
    /// Nothing means the one that is most to be done next, wherever it stands.
    position: Option<Position>,
    #[serde(default)]
    backwards: bool,
    #[serde(default)]
    show: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextPlaceholder {
    text_document: TextDocumentIdentifier,
    position: Position,
    #[serde(default)]
    backwards: bool,
    #[serde(default)]
    show: bool,
}

impl Server {
    pub(super) async fn run_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let argument = params.arguments.into_iter().next().unwrap_or_default();
        match params.command.as_str() {
            TOGGLE_TASK => {
                let tasks: Tasks = read(TOGGLE_TASK, argument)?;
                let children = tasks.with_children;
                self.change_tasks(TOGGLE_TASK, tasks, move |file, ranges| {
                    actions::toggle_task::toggle_ranges(file, ranges, children)
                })
                .await
            }
            CYCLE_TASK => {
                let tasks: Tasks = read(CYCLE_TASK, argument)?;
                self.change_tasks(CYCLE_TASK, tasks, actions::checkboxes::cycle_ranges).await
            }
            NEXT_TASK => self.next_task(read(NEXT_TASK, argument)?).await,
            SET_STATE => self.set_state(read(SET_STATE, argument)?).await,
            NEW_PLAN => self.new_plan(read(NEW_PLAN, argument)?).await,
            LIST_TEMPLATES => Ok(Some(self.list_templates())),
            NEXT_PLACEHOLDER => self.next_placeholder(read(NEXT_PLACEHOLDER, argument)?).await,
            NEXT_TASKS => self.next_tasks(read_or_default(NEXT_TASKS, argument)?).await,
            STATUS => self.status(read_or_default(STATUS, argument)?).await,
            ITEMS => self.items(read(ITEMS, argument)?).await,
            GRAPH => self.graph(read(GRAPH, argument)?).await,
            unknown => Err(Error::invalid_params(format!("there is no command `{unknown}`"))),
        }
    }

    async fn set_state(&self, argument: SetState) -> Result<Option<Value>> {
        let Some(state) = State::ALL.into_iter().find(|state| state.name() == argument.state) else {
            let complaint = unknown_name_message("state", &argument.state, State::ALL.map(State::name));
            return Err(Error::invalid_params(format!("{SET_STATE}: `state`: {complaint}")));
        };
        self.shared.notice_day();
        let (children, books) = (argument.tasks.with_children, argument.update_progress);
        self.change_tasks(SET_STATE, argument.tasks, move |file, ranges| {
            actions::toggle_task::set_ranges(file, ranges, children, state, books)
        })
        .await
    }

    /// Changes tasks in ranges of a document: `change` gives the edits and how many tasks they change.
    async fn change_tasks(
        &self,
        command: &str,
        argument: Tasks,
        change: impl FnOnce(&File, &[TextRange]) -> (Vec<Edit>, usize) + Send + 'static,
    ) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        // What the ranges of the command are about, if it has to wait for another one.
        let asked = self.shared.snapshot(&uri).map(|(snapshot, _)| snapshot);
        let Some(asked) = asked else { return Err(not_open(command, &uri)) };
        let buffer = asked.uri.clone();
        let turn = self.shared.turns.take(&buffer).await;
        let changed = self.about(&buffer, move |snapshot, view| {
            let (before, now) = (asked.file.document(), snapshot.file.document());
            let ranges = argument.ranges.iter().map(|range| view.encoding.bytes(before, *range));
            let ranges: Vec<TextRange> = match asked.version == snapshot.version {
                true => ranges.collect(),
                false => turns::moved(before, now, ranges),
            };
            let is_gone = ranges.is_empty() && !argument.ranges.is_empty();
            let (edits, changed) = change(&snapshot.file, &ranges);
            let edit = view.of(snapshot).workspace_edit(&edits, view.abilities.versioned_edits);
            (edit, changed, snapshot.version, is_gone)
        });
        let Some((edit, changed, version, is_gone)) = changed.await? else {
            return Err(not_open(command, &uri));
        };
        if is_gone {
            return Ok(Some(json!({ "changed": 0, "reason": turns::CHANGED })));
        }
        if changed == 0 {
            return Ok(Some(json!({ "changed": 0 })));
        }
        Ok(Some(match turn.apply(&self.shared, edit, Some(version)).await {
            Ok(()) => json!({ "changed": changed }),
            Err(reason) => json!({ "changed": 0, "reason": reason }),
        }))
    }

    /// The text of a new plan; with a URI that is free it is made by an edit, if the client can.
    async fn new_plan(&self, argument: NewPlan) -> Result<Option<Value>> {
        self.shared.notice_day();
        let (uri, creates) = (argument.uri.clone(), self.shared.abilities().creates_files);
        let turn = match uri.as_ref().filter(|_| creates) {
            Some(uri) => Some(self.shared.turns.take(uri).await),
            None => None,
        };
        let environment = self.shared.environment();
        let made = tokio::task::spawn_blocking(move || new_text(&environment, argument));
        let text = made.await.map_err(failed)??;
        let mut answer = json!({ "uri": uri, "text": text });
        if let Some((uri, turn)) = uri.zip(turn) {
            let applied = turn.apply(&self.shared, creation(&uri, &text), None).await;
            answer["created"] = applied.is_ok().into();
            if let Err(reason) = applied {
                answer["reason"] = reason.into();
            }
        }
        Ok(Some(answer))
    }

    fn list_templates(&self) -> Value {
        let environment = self.shared.environment();
        let listed = environment.templates().all().iter().map(|template| {
            json!({
                "name": template.name,
                "description": template.description,
                "origin": template.path.as_deref().unwrap_or("built-in"),
            })
        });
        Value::Array(listed.collect())
    }

    async fn next_placeholder(&self, argument: NextPlaceholder) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        let location = Location { uri: uri.clone(), range: Range::default() };
        let found = self.about(&uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), argument.position);
            let mut all = placeholders(&snapshot.file);
            let next = if argument.backwards {
                all.retain(|found| found.range.end <= at && found.range.start < at);
                all.pop()
            } else {
                all.into_iter().find(|found| found.range.start > at)
            };
            Some(view.encoding.range(snapshot.file.document(), &next?.range))
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

    /// Where the next task stands that can be started.
    async fn next_task(&self, argument: NextTask) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        let found = self.about(&uri, move |snapshot, view| {
            let (plan, document) = (snapshot.file.plan(), snapshot.file.document());
            let tasks = snapshot.file.next_tasks().iter().filter_map(|index| plan.item(*index));
            let mut places: Vec<TextRange> = tasks.map(|task| task.line()).collect();
            let place = match argument.position {
                None => places.into_iter().next(),
                Some(position) => {
                    let at = view.encoding.offset(document, position);
                    places.sort_by_key(|place| place.start);
                    if argument.backwards {
                        places.into_iter().rfind(|place| place.end < at)
                    } else {
                        places.into_iter().find(|place| place.start > at)
                    }
                }
            };
            Some(view.encoding.range(document, &place?))
        });
        let Some(found) = found.await? else {
            return Err(not_open(NEXT_TASK, &uri));
        };
        let Some(range) = found else { return Ok(Some(Value::Null)) };
        if argument.show && self.shared.abilities().shows_documents {
            self.show(uri.clone(), range);
        }
        Ok(Some(json!(Location { uri, range })))
    }

    /// Has the client show a place.
    fn show(&self, uri: Url, range: Range) {
        let client = self.shared.client.clone();
        let shown =
            ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: Some(range) };
        tokio::spawn(async move {
            if let Err(error) = client.show_document(shown).await {
                tracing::warn!(%error, "the client did not show a place");
            }
        });
    }
}

fn read<T: DeserializeOwned>(command: &str, argument: Value) -> Result<T> {
    serde_json::from_value(argument).map_err(|error| Error::invalid_params(format!("{command}: {error}")))
}

/// The same for a command that may be given nothing.
fn read_or_default<T: DeserializeOwned + Default>(command: &str, argument: Value) -> Result<T> {
    if argument.is_null() { Ok(T::default()) } else { read(command, argument) }
}

/// What a client hears of a request that broke inside.
pub(super) fn failed(error: tokio::task::JoinError) -> Error {
    tracing::error!(%error, "a request failed");
    let message = "the request failed inside the server".into();
    Error { code: ErrorCode::InternalError, message, data: None }
}

fn not_open(command: &str, uri: &Url) -> Error {
    Error::invalid_params(format!("{command}: the document {uri} is not open"))
}

/// Returns the text of a new plan.
///
/// # Errors
/// When the template is not known, the file exists, or a field is not a text.
fn new_text(environment: &Environment, argument: NewPlan) -> Result<String> {
    let Some(template) = environment.templates().named(&argument.template) else {
        let names: Vec<&str> =
            environment.templates().all().iter().map(|template| template.name.as_str()).collect();
        let message = format!(
            "{NEW_PLAN}: there is no template `{}`; known are {}",
            argument.template,
            names.join(", ")
        );
        return Err(Error::invalid_params(message));
    };
    let path = argument.uri.as_ref().and_then(|uri| uri.to_file_path().ok());
    if let Some(path) = path.as_ref().filter(|path| path.exists()) {
        let message = format!("{NEW_PLAN}: {} is there already; choose another name", path.display());
        return Err(Error::invalid_params(message));
    }
    let mut fields = Vec::new();
    for (key, value) in argument.fields {
        match value {
            Value::String(value) => fields.push((key, value)),
            other => {
                let message = format!("{NEW_PLAN}: `fields.{key}` must be a text, not {other}");
                return Err(Error::invalid_params(message));
            }
        }
    }
    let from_name = || plan_ide::completion::title_of(&path.as_ref()?.to_string_lossy());
    let filled = KnownValues {
        title: argument.title.or_else(from_name),
        owner: argument.owner.or_else(|| environment.owner.clone()),
        today: environment.today.clone(),
        fields,
    };
    Ok(Skeleton::plan(template, &filled).to_text())
}

/// The edit that makes a file with a text.
fn creation(uri: &Url, text: &str) -> WorkspaceEdit {
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
