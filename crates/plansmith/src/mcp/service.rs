//! The requests of the protocol.

use std::{path::PathBuf, sync::Arc};

use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest, CustomResult,
        ErrorCode, Implementation, InitializeResult, ListResourcesResult, ListToolsResult,
        PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
        Resource, ResourceContents, ServerCapabilities, ServerConfig, Tool,
    },
    service::{NotificationContext, RequestContext},
};
use tower_lsp::lsp_types::Url;

use super::{
    plans::Plans,
    results::{page, shortened_for_message},
    tools,
};
use crate::{panics::catch_panic, state_cell::StateCell};

/// Help for the model, in addition to the tools.
const INSTRUCTIONS: &str = "Markdown plans of this project. Work in a loop: ready_tasks, set_task to active (or without item to claim the next task), do the work, set_task to done, check_plan.";

/// Maximum number of resources in a result.
const MAX_RESOURCES: usize = 100;

/// The requests that the server answers, and their parameters.
const REQUESTS: [(&str, &str); 5] = [
    ("initialize", "`protocolVersion`, `capabilities` and `clientInfo`"),
    ("tools/list", "an object with an optional `cursor`"),
    ("tools/call", "a string `name` and an optional object `arguments`"),
    ("resources/list", "an object with an optional `cursor`"),
    ("resources/read", "a string `uri`"),
];

/// The server.
#[derive(Debug)]
pub(super) struct PlanService {
    /// Roots for a client that provides none.
    directories: Vec<PathBuf>,
    write: bool,
    /// Roots of the client; `None` before they are received, and for a client that provides none.
    client_roots: StateCell<Option<Vec<PathBuf>>>,
}

impl PlanService {
    pub(super) fn new(directories: Vec<PathBuf>, write: bool) -> Self {
        Self { directories, write, client_roots: StateCell::default() }
    }

    /// Requests the roots of the client again, if it has any.
    #[expect(deprecated, reason = "clients of earlier protocol versions have roots")]
    async fn update_roots(&self, client: &Peer<RoleServer>) {
        let has_roots = client.peer_info().is_some_and(|client| client.capabilities.roots.is_some());
        if !has_roots {
            return;
        }
        match client.list_roots().await {
            Ok(listed) => {
                let paths =
                    listed.roots.iter().filter_map(|root| Url::parse(&root.uri).ok()?.to_file_path().ok());
                let real = paths.filter_map(|path| path.canonicalize().ok()).collect();
                self.client_roots.with(|roots| *roots = Some(real));
            }
            Err(error) => tracing::warn!(%error, "client did not list its roots"),
        }
    }

    /// Runs `work` with the plans in the roots on a thread for blocking work.
    async fn with_plans<T: Send + 'static>(
        &self,
        client: &Peer<RoleServer>,
        work: impl FnOnce(&Plans) -> T + Send + 'static,
    ) -> Result<T, ErrorData> {
        // A request can arrive before the client has listed its roots. Until then, no folder may be accessed.
        if self.client_roots.get().is_none() {
            self.update_roots(client).await;
        }
        let roots = self.client_roots.get().unwrap_or_else(|| self.directories.clone());
        let done = tokio::task::spawn_blocking(move || catch_panic(|| work(&Plans::read(roots)))).await;
        let internal = || ErrorData::internal_error("internal error; please report this bug", None);
        done.map_err(|_| internal())?.map_err(|_| internal())
    }
}

impl ServerHandler for PlanService {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        let mut info = InitializeResult::new(capabilities);
        info.server_info = Implementation::new("plansmith", env!("CARGO_PKG_VERSION"));
        info.instructions = Some(INSTRUCTIONS.to_owned());
        info
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.update_roots(&context.peer).await;
    }

    async fn on_roots_list_changed(&self, context: NotificationContext<RoleServer>) {
        self.update_roots(&context.peer).await;
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::list(self.write)))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::list(self.write).into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let write = self.write;
        let arguments = request.arguments.unwrap_or_default();
        if let Some(message) = tools::unknown_name(&request.name) {
            return Err(ErrorData::invalid_params(message, None));
        }
        let result = self
            .with_plans(&context.peer, move |plans| tools::call(plans, &request.name, arguments, write))
            .await?;
        Ok(match result {
            Ok(value) => CallToolResult::structured(value),
            Err(message) => CallToolResult::error(vec![ContentBlock::text(message)]),
        }
        .into())
    }

    /// Answers a request that the SDK could not read: a known method has invalid parameters.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let expected = REQUESTS.iter().find(|(method, _)| *method == request.method);
        Err(match expected {
            Some((method, expected)) => {
                ErrorData::invalid_params(format!("invalid params of `{method}`; expected {expected}"), None)
            }
            None => {
                let method = shortened_for_message(&request.method);
                ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("unknown method `{method}`"), None)
            }
        })
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let listed = self.with_plans(&context.peer, move |plans| {
            let plans: Vec<Resource> = plans
                .unarchived_plans()
                .into_iter()
                .filter_map(|(name, file)| {
                    let resource = Resource::new(Url::from_file_path(file.path()).ok()?, name);
                    let resource = resource.with_mime_type("text/markdown");
                    Some(match file.plan().title() {
                        Some(title) => resource.with_title(title),
                        None => resource,
                    })
                })
                .collect();
            page(plans, MAX_RESOURCES, cursor.as_deref())
        });
        let (resources, next) = listed.await?.map_err(|message| ErrorData::invalid_params(message, None))?;
        Ok(ListResourcesResult { next_cursor: next, ..ListResourcesResult::with_all_items(resources) })
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri.clone();
        let path = Url::parse(&uri)
            .ok()
            .filter(|uri| uri.scheme() == "file")
            .and_then(|uri| uri.to_file_path().ok());
        let path = path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let read =
            self.with_plans(&context.peer, move |plans| plans.file(&path).map(|(_, file)| Arc::new(file)));
        let file = read.await?.map_err(|message| ErrorData::resource_not_found(message, None))?;
        let text = file.document().text();
        let contents = ResourceContents::text(text, uri).with_mime_type("text/markdown");
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}
