//! Growth of the cost of each feature and rule with the size of its input, in instructions counted by valgrind's
//! callgrind. The counts do not depend on the load of the machine, so that CI can check them.

use std::{
    collections::BTreeMap,
    fs,
    hint::black_box,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use plan_ide::{
    Environment, File, Index, NoDisk, RuleSeverities, Workspace, actions, completion, folding, formatting,
    hierarchy, hover, inlay, lens, navigation, outline, overview, rename,
    rules::{Check, RULES, RestCheck, RuleView},
    selection, sets, symbols, tokens,
};
use plan_syntax::{Document, tree::SyntaxTrees};

use super::grown_input::{GrownInput, InputKind};

/// Factor between two sizes.
const FACTOR: usize = 4;
/// Maximum growth of the instructions from one size to the next. Linear cost grows by [`FACTOR`]; sorting adds to it.
const MAX_GROWTH: f64 = 4.6;
/// Minimum number of instructions that are compared. Below it, fixed costs hide the growth, and the feature takes less
/// than a millisecond.
const MIN_INSTRUCTIONS: u64 = 2_000_000;

/// A feature whose cost may grow faster than the limit, with the reason.
struct Exception {
    input: InputKind,
    feature: &'static str,
    max_growth: f64,
    /// Reason for the growth, printed with the result.
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[];

/// Prints a row for each feature of each kind of input, and compares the growth with the limits. The growth is that between
/// the two largest sizes, where fixed costs matter least.
///
/// # Errors
/// Returns an error if valgrind is not installed or a feature grows faster than permitted.
pub(super) fn run(sizes: &[usize], only: Option<InputKind>) -> Result<(), String> {
    println!(
        "Instructions in millions, and their growth between the two largest sizes (limit {MAX_GROWTH} per factor of {FACTOR}).\n"
    );
    let inputs = InputKind::ALL.into_iter().filter(|input| only.is_none_or(|only| only == *input));
    let mut failures = Vec::new();
    for input in inputs {
        let counts = counts_of(input, sizes)?;
        let header: String = sizes.iter().map(|size| format!(" {} |", size / input.divisor())).collect();
        println!(
            "## {}\n\n| feature |{header} growth |\n|---|{}---:|",
            input.name(),
            "---:|".repeat(sizes.len())
        );
        for (feature, counts) in &counts {
            let [.., before, last] = counts[..] else { continue };
            if last < MIN_INSTRUCTIONS {
                continue;
            }
            let growth = last as f64 / before.max(MIN_INSTRUCTIONS / FACTOR as u64) as f64;
            let exception =
                EXCEPTIONS.iter().find(|exception| exception.input == input && exception.feature == feature);
            let limit = exception.map_or(MAX_GROWTH, |exception| exception.max_growth);
            let reason = exception.map(|exception| format!(" ({})", exception.reason)).unwrap_or_default();
            let cells: String = counts.iter().map(|count| format!(" {:.1} |", *count as f64 / 1e6)).collect();
            println!("| {feature} |{cells} {growth:.2}{reason} |");
            if growth > limit {
                failures.push(format!("{feature}, {}: growth {growth:.2}, limit {limit}", input.name()));
            }
        }
        println!();
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// Returns the instructions of each feature for each size. The sizes run at the same time.
fn counts_of(input: InputKind, sizes: &[usize]) -> Result<Vec<(String, Vec<u64>)>, String> {
    let directory = std::env::temp_dir().join(format!("plansmith-growth-{}-{input:?}", std::process::id()));
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let started: Vec<Result<Child, String>> =
        sizes.iter().rev().map(|size| start(&directory, input, *size)).collect();
    let mut by_size = Vec::new();
    for (child, size) in started.into_iter().zip(sizes.iter().rev()) {
        let output = child?.wait_with_output().map_err(|error| error.to_string())?;
        let names = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!("{input:?} {size}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        by_size.push(read_dumps(&directory, *size, names.lines().collect())?);
    }
    by_size.reverse();
    fs::remove_dir_all(&directory).map_err(|error| error.to_string())?;
    let names: Vec<String> = by_size.first().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let mut maps: Vec<BTreeMap<String, u64>> =
        by_size.into_iter().map(|counts| counts.into_iter().collect()).collect();
    Ok(names
        .into_iter()
        .map(|name| {
            let counts = maps.iter_mut().map(|map| map.remove(&name).unwrap_or_default()).collect();
            (name, counts)
        })
        .collect())
}

fn start(directory: &Path, input: InputKind, size: usize) -> Result<Child, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    Command::new("valgrind")
        .args(["--tool=callgrind", "--zero-before=*growth::measurement_starts*"])
        .arg("--dump-before=*growth::measurement_ends*")
        .arg(format!("--callgrind-out-file={}", directory.join(format!("{size}")).display()))
        .arg(program)
        .args([
            "bench",
            "grown",
            "--size",
            &size.to_string(),
            "--input",
            &format!("{input:?}").to_lowercase(),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("valgrind: {error}; install it to count instructions"))
}

/// Reads the counts that callgrind wrote at the end of each measurement, in the order of the names.
fn read_dumps(directory: &Path, size: usize, names: Vec<&str>) -> Result<Vec<(String, u64)>, String> {
    let count = |number: usize| -> Result<u64, String> {
        let path = directory.join(format!("{size}.{number}"));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let total =
            text.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")));
        total
            .and_then(|total| total.trim().parse().ok())
            .ok_or_else(|| format!("{}: no total", path.display()))
    };
    names.into_iter().enumerate().map(|(index, name)| Ok((name.to_owned(), count(index + 1)?))).collect()
}

/// Marks the place where callgrind sets its counters to zero.
#[inline(never)]
fn measurement_starts() {
    black_box(());
}

/// Marks the place where callgrind writes its counters.
#[inline(never)]
fn measurement_ends() {
    black_box(());
}

fn measure<T>(name: &str, work: impl FnOnce() -> T) {
    measurement_starts();
    black_box(work());
    measurement_ends();
    println!("{name}");
}

/// Computes each feature and rule once for an input of this size. [`run`] counts the instructions.
pub(super) fn compute(input: InputKind, size: usize) {
    let input = GrownInput::new(input, size / input.divisor());
    let environment =
        Arc::new(Environment { today: Some("2026-11-21".to_owned()), ..Environment::default() });
    let mut index = Index::default();
    measure("index", || {
        for (path, text) in &input.others {
            index.set(
                path,
                Some(File::with_environment(path, Document::new(text), Arc::clone(&environment)).entry()),
            );
        }
    });
    let mut document = Document::new(&input.text);
    let file = File::with_environment(&input.path, document.clone(), Arc::clone(&environment));
    measure("plan", || file.plan().progress());
    measure("binding", || file.binding().is_some());
    measure("kind", || file.kind());
    measure("index entry", || index.set(&input.path, Some(file.entry())));
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    rules(&file, &workspace);
    measure("report", || plan_ide::report(&file, &workspace, &RuleSeverities::default()).len());
    document_features(&file, &workspace);
    position_features(&file, &workspace, input.offset);

    document.edit(input.offset..input.offset, "x");
    let previous = file.cached_plan().cloned();
    let edited = File::with_previous(previous, &input.path, document, file.shared_environment());
    measure("edit: plan", || edited.plan().progress());
    measure("edit: report", || plan_ide::report(&edited, &workspace, &RuleSeverities::default()).len());
    measure("edit: outline", || outline::outline(&edited).len());
}

fn rules(file: &File, workspace: &Workspace<'_>) {
    for rule in RULES.iter().filter(|rule| rule.applies_to.contains(&file.kind())) {
        let mut found = Vec::new();
        measure(rule.name, || match rule.check {
            Check::File(check) => check(file, &mut found),
            Check::Workspace(check, _) => check(file, workspace, &mut found),
            Check::PerSegment(check) => {
                RuleView::each(file).for_each(|view| (check.check)(&view, &mut found));
                match check.check_rest {
                    RestCheck::None => {}
                    RestCheck::File(rest) => rest(file, &mut found),
                    RestCheck::Workspace(rest) => rest(file, workspace, &mut found),
                }
            }
        });
    }
}

fn document_features(file: &File, workspace: &Workspace<'_>) {
    let all = inlay::InlayHintOptions {
        phases: true,
        parents: true,
        dependencies: true,
        dates: true,
        gantt: true,
        schedule: true,
        milestones: true,
    };
    measure("outline", || outline::outline(file).len());
    measure("outline with coverage", || sets::outline(file, workspace).is_some());
    measure("folding", || folding::folding(file).len());
    measure("links", || navigation::links(file, workspace).len());
    measure("inlay hints", || inlay::inlay_hints(file, &(0..file.document().len()), all).len());
    measure("lenses", || lens::lenses(file, lens::LensOptions { title: true, phases: true }).len());
    measure("semantic tokens", || tokens::tokens(file, workspace, None).len());
    measure("formatting", || formatting::format(file, None, &formatting::Options::default()).len());
    measure("status", || overview::status(file).done);
    measure("ready tasks", || overview::ready_tasks(file).len());
    measure("dependency graph", || overview::mermaid(&overview::graph(file)).len());
    measure("timeline", || overview::mermaid_of_timeline(&overview::timeline(file)).len());
    measure("item tree", || overview::tree(file).len());
    measure("workspace symbols", || symbols::symbols(workspace.index, "a", 100).len());
    if let Some(set) = sets::DocumentSet::of(file, workspace.index) {
        measure("coverage", || sets::Coverage::of(&set).counted_requirements());
    }
    measure("syntax trees", || {
        let trees = SyntaxTrees::default();
        trees.enclosing(file.document(), 0, usize::MAX).0.len()
    });
}

fn position_features(file: &File, workspace: &Workspace<'_>, offset: usize) {
    measure("completion", || completion::completions(file, workspace, offset, None).len());
    measure("hover", || hover::hover(file, workspace, offset).is_some());
    measure("definition", || navigation::definition(file, workspace, offset).is_some());
    measure("highlights", || navigation::highlights(file, offset).len());
    measure("selection ranges", || selection::selection_ranges(file, offset, &[]).len());
    measure("references", || {
        navigation::references(file, workspace, offset).map(|uses| (uses.find)(file, workspace.index).len())
    });
    measure("rename", || {
        rename::prepare(file, workspace, offset)
            .map(|_| rename::rename(file, workspace, offset, "Task 77777").is_ok())
    });
    measure("call hierarchy", || {
        hierarchy::prepare(file, workspace, offset).into_iter().for_each(|entry| {
            if let Some(item) = hierarchy::find(file, entry.item, None, &entry.name) {
                black_box(
                    hierarchy::calls(file, workspace.index, item, hierarchy::Direction::Incoming, &[]).len(),
                );
                black_box(
                    hierarchy::calls(file, workspace.index, item, hierarchy::Direction::Outgoing, &[]).len(),
                );
            }
        });
    });
    let range = offset..offset;
    let context = actions::Context { file, workspace, range: &range, on_request: true };
    let offered = actions::actions(&context);
    measure("code actions", || actions::actions(&context).len());
    for action in offered.into_iter().filter(|action| !matches!(action.change, actions::Change::Edits(_))) {
        let title = format!("action: {}", action.title);
        measure(&title, || action.changes(file, workspace).edits.len());
    }
}
