//! Commands that agents use, from start to exit: on long plans, and on many plans. The floor is `cat` of the same files.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use plan_test::generate::{self, SectionContent};

use super::{median, time};

/// Number of lines of each of many plans.
const LINES_OF_MANY: usize = 60;

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // A remaining folder has no effect on later runs.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Prints the times of commands on a plan with this number of lines, and on this number of plans.
///
/// # Errors
/// Returns an error if a plan cannot be written or a command fails.
pub fn run(program: &str, lines: &[usize], plans: usize, runs: usize) -> Result<(), String> {
    let folder = Folder(std::env::temp_dir().join(format!("plansmith-commands-{}", std::process::id())));
    let program = Path::new(program).canonicalize().map_err(|error| format!("{program}: {error}"))?;
    let program = program.to_str().ok_or("the path of the program is not UTF-8")?;
    let bench = CommandBench { program, folder: &folder.0, runs };
    let forms: [(&str, PlanText); 3] = [
        ("phases", generate::plan),
        ("dependencies and charts", generate::dense),
        ("one flat list", |lines| generate::one_section(SectionContent::FlatList, lines)),
    ];
    println!(
        "| plan | lines | command | median | floor | ratio |\n| --- | ---: | --- | ---: | ---: | ---: |"
    );
    for (form, text) in forms {
        for lines in lines {
            let text = text(*lines);
            bench.write("plan.md", &text)?;
            let open = text.lines().position(|line| line.starts_with("- [ ] ")).unwrap_or_default();
            let item = format!("line:{}", open + 1);
            let floor = bench.floor(&["plan.md"])?;
            let commands: [&[&str]; 5] = [
                &["set", "plan.md", &item, "done"],
                &["set", "plan.md", &item, "done", "--update-progress"],
                &["add", "plan.md", "Remove the old index"],
                &["next", "--claim", "--owner", "Ada", "plan.md"],
                &["next", "plan.md"],
            ];
            for command in commands {
                let taken = bench.command(command, || bench.write("plan.md", &text))?;
                let name = command.join(" ").replace(&item, "ITEM");
                print_row(form, *lines, &name, taken, floor);
            }
        }
    }
    fs::remove_file(folder.0.join("plan.md")).map_err(|error| error.to_string())?;
    let text = generate::plan(LINES_OF_MANY);
    let names: Vec<String> =
        (0..plans).map(|number| format!("area-{}/plans/plan-{number}.md", number % 50)).collect();
    for name in &names {
        bench.write(name, &text)?;
    }
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let floor = bench.floor(&files)?;
    let commands: [&[&str]; 4] =
        [&["next"], &["next", "--format", "json"], &["next", "--claim", "--owner", "Ada"], &["prime"]];
    for command in commands {
        let taken = bench.command(command, || Ok(()))?;
        print_row("many plans", plans * LINES_OF_MANY, &command.join(" "), taken, floor);
    }
    Ok(())
}

fn print_row(form: &str, lines: usize, command: &str, taken: Duration, floor: Duration) {
    let ratio = taken.as_secs_f64() / floor.as_secs_f64();
    println!("| {form} | {lines} | `{command}` | {taken:.1?} | {floor:.1?} | {ratio:.1} |");
}

/// Returns the text of a plan with a number of tasks or lines.
type PlanText = fn(usize) -> String;

struct CommandBench<'a> {
    program: &'a str,
    folder: &'a Path,
    runs: usize,
}

impl CommandBench<'_> {
    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(self.folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Returns the median time of `cat` of the files.
    fn floor(&self, files: &[&str]) -> Result<Duration, String> {
        self.measured("cat", files, || Ok(()))
    }

    /// Returns the median time of a command. `prepare` is called before each run.
    fn command(
        &self,
        arguments: &[&str],
        prepare: impl Fn() -> Result<(), String>,
    ) -> Result<Duration, String> {
        self.measured(self.program, arguments, prepare)
    }

    fn measured(
        &self,
        program: &str,
        arguments: &[&str],
        prepare: impl Fn() -> Result<(), String>,
    ) -> Result<Duration, String> {
        let mut times = Vec::new();
        for _ in 0..self.runs {
            prepare()?;
            let mut command = Command::new(program);
            command
                .current_dir(self.folder)
                .args(arguments)
                .env("XDG_STATE_HOME", self.folder.join(".state"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut status = None;
            times.push(time(|| status = Some(command.status())));
            match status {
                Some(Ok(status)) if status.success() => {}
                _ => return Err(format!("`{program} {}` failed", arguments.join(" "))),
            }
        }
        Ok(median(times))
    }
}
