//! `plansmith waves`: groups of tasks that can be done in parallel.

use std::{fmt::Write, path::PathBuf};

use clap::ValueEnum;
use plan_ide::{
    File,
    waves::{WaveOptions, WaveTask, waves},
};
use serde::Serialize;

use super::{
    EXIT_FAILURE, count,
    input::{internal_error, read_files},
    markdown::escaped,
    options::GlobalOptions,
    out, terminal,
};
use crate::panics::catch_panic;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Plan file; `-` for standard input
    file: PathBuf,
    /// Give each owner at most one task per wave
    #[arg(long)]
    per_owner: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = WavesFormat::Text)]
    format: WavesFormat,
    /// Path of the file whose text is on standard input
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
}

/// Output format of `plansmith waves`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WavesFormat {
    /// Human-readable
    Text,
    /// JSON
    Json,
    /// Markdown
    Markdown,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let paths = std::slice::from_ref(&arguments.file);
    let Some(inputs) = read_files(paths, arguments.stdin_filename.as_deref(), options) else {
        return EXIT_FAILURE;
    };
    out::errors(&inputs.errors);
    let Some(source) = inputs.files.first() else { return EXIT_FAILURE };
    let file = source.file(&inputs.project.environment);
    let compute = || {
        crate::fault_injection::panic_on(|| file.document().text());
        waves(&file, WaveOptions { per_owner: arguments.per_owner })
    };
    match catch_panic(compute) {
        Ok(waves) => match arguments.format {
            WavesFormat::Text => out::print!("{}", text(&file, &waves)),
            WavesFormat::Json => out::json(&report(waves)),
            WavesFormat::Markdown => out::document(&markdown(&waves)),
        },
        Err(panic) => {
            out::error(format_args!("{}: {}", source.name, internal_error(&panic)));
            return EXIT_FAILURE;
        }
    }
    0
}

#[derive(Debug, Serialize)]
struct WavesJson {
    waves: Vec<WaveJson>,
}

#[derive(Debug, Serialize)]
struct WaveJson {
    /// Number of the wave, from 1.
    wave: usize,
    tasks: Vec<WaveTaskJson>,
}

#[derive(Debug, Serialize)]
struct WaveTaskJson {
    id: Option<String>,
    title: String,
    /// Line number, 1-based.
    line: usize,
    files: Vec<String>,
}

fn report(waves: Vec<Vec<WaveTask>>) -> WavesJson {
    let task = |WaveTask { id, title, line, files, .. }| WaveTaskJson { id, title, line: line + 1, files };
    let waves = waves
        .into_iter()
        .enumerate()
        .map(|(index, tasks)| WaveJson { wave: index + 1, tasks: tasks.into_iter().map(task).collect() });
    WavesJson { waves: waves.collect() }
}

fn text(file: &File, waves: &[Vec<WaveTask>]) -> String {
    let bold = out::HEADING_STYLE;
    let mut out = String::new();
    let title = file.plan().title().unwrap_or_else(|| "(no title)".to_owned());
    let _ = writeln!(out, "{bold}{}{bold:#}", terminal::line(&title));
    if waves.is_empty() {
        out.push_str("No open tasks\n");
    }
    for (number, tasks) in waves.iter().enumerate() {
        let _ = writeln!(out, "\nWave {} ({})", number + 1, count(tasks.len(), "task"));
        for task in tasks {
            let files =
                if task.files.is_empty() { String::new() } else { format!(" [{}]", task.files.join(", ")) };
            let _ = writeln!(out, "  {}", terminal::line(&format!("{}{files}", name_of(task))));
        }
    }
    out
}

fn markdown(waves: &[Vec<WaveTask>]) -> String {
    let mut out = String::new();
    for (number, tasks) in waves.iter().enumerate() {
        let gap = if number > 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}## Wave {}\n", number + 1);
        for task in tasks {
            let files: Vec<String> = task.files.iter().map(|path| format!("`{path}`")).collect();
            let files = if files.is_empty() { String::new() } else { format!(" ({})", files.join(", ")) };
            let _ = writeln!(out, "- {}{files}", escaped(&name_of(task)));
        }
    }
    out
}

fn name_of(task: &WaveTask) -> String {
    match &task.id {
        Some(id) => format!("{id} {}", task.title),
        None => task.title.clone(),
    }
}
