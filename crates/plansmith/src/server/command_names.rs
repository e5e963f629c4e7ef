//! Names of the commands that the server executes.

/// Checks or unchecks tasks.
pub(super) const TOGGLE_TASK: &str = "plansmith.server.toggleTask";
/// Cycles list items: bullet, open task, done task, bullet.
pub(super) const CYCLE_TASK: &str = "plansmith.server.cycleTask";
/// Sets the state of tasks.
pub(super) const SET_STATE: &str = "plansmith.server.setState";
/// Sets the owner, due date or estimate of tasks.
pub(super) const SET_FIELD: &str = "plansmith.server.setField";
/// Returns the location of the next ready task.
pub(super) const NEXT_TASK: &str = "plansmith.server.nextTask";
/// Creates a plan from a template.
pub(super) const NEW_PLAN: &str = "plansmith.server.newPlan";
/// Lists the templates.
pub(super) const LIST_TEMPLATES: &str = "plansmith.server.listTemplates";
/// Returns the location of the next placeholder.
pub(super) const NEXT_PLACEHOLDER: &str = "plansmith.server.nextPlaceholder";
/// Lists the ready tasks of a document or the workspace.
pub(super) const NEXT_TASKS: &str = "plansmith.server.nextTasks";
/// Returns the status of a plan or of all plans in the workspace.
pub(super) const STATUS: &str = "plansmith.server.status";
/// Lists the phases and tasks of a document.
pub(super) const ITEMS: &str = "plansmith.server.items";
/// Renders the dependency graph or timeline of a document.
pub(super) const GRAPH: &str = "plansmith.server.graph";
/// Moves a phase or task next to another item.
pub(super) const MOVE_ITEM: &str = "plansmith.server.moveItem";
/// Returns the requirements of all document sets with the tasks that refer to them.
pub(super) const REQUIREMENT_COVERAGE: &str = "plansmith.server.coverage";
/// Lists the other documents in a document's set, or shows one of them.
pub(super) const GO_TO_SIBLING: &str = "plansmith.server.goToSibling";
/// Last segment of the kind of the code actions that open another document of the document set.
pub(super) const GO_TO_SIBLING_KIND: &str = "go-to-sibling";
/// Last segment of the kind of the code action that goes to the next placeholder.
pub(super) const NEXT_PLACEHOLDER_KIND: &str = "next-placeholder";
/// All commands that the server executes.
pub(super) const COMMANDS: [&str; 15] = [
    TOGGLE_TASK,
    CYCLE_TASK,
    SET_STATE,
    SET_FIELD,
    NEXT_TASK,
    NEW_PLAN,
    LIST_TEMPLATES,
    NEXT_PLACEHOLDER,
    NEXT_TASKS,
    STATUS,
    ITEMS,
    GRAPH,
    MOVE_ITEM,
    REQUIREMENT_COVERAGE,
    GO_TO_SIBLING,
];
