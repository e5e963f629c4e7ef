//! End-to-end tests of `history`, `status --since` and baselines from git.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{code, err, folder, out, piped, plansmith, report};

/// Runs git on a day.
fn git(folder: &Path, day: &str, arguments: &[&str]) -> String {
    let date = format!("{day}T12:00:00+00:00");
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(folder: &Path, day: &str, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
    git(folder, day, &["add", "-A"]);
    git(folder, day, &["commit", "-q", "-m", day]);
}

fn plan(target: &str, tasks: &str) -> String {
    format!("# Plan: Move\n\n**Status**: Active\n**Target**: {target}\n\n## Phase 1: All\n\n{tasks}")
}

#[test]
fn history_follows_renames_merges_and_renumbered_tasks() {
    let folder = folder(&[]);
    let path = folder.path();
    git(path, "2026-01-01", &["init", "-q", "-b", "main"]);
    let task = |mark: &str, id: &str, title: &str| format!("- [{mark}] **Task {id}**: {title}\n");
    let all = |marks: [&str; 3]| {
        [task(marks[0], "1.1", "Saw"), task(marks[1], "1.2", "Glue"), task(marks[2], "1.3", "Oil")].concat()
    };
    commit(path, "2026-01-01", "plan.md", &plan("2026-02-01", &all([" ", " ", " "])));
    commit(path, "2026-01-05", "plan.md", &plan("2026-02-01", &all(["/", " ", " "])));
    git(path, "2026-01-06", &["checkout", "-q", "-b", "side"]);
    commit(path, "2026-01-06", "plan.md", &plan("2026-02-01", &all(["/", "x", " "])));
    git(path, "2026-01-07", &["checkout", "-q", "main"]);
    commit(path, "2026-01-07", "other.md", "# Notes\n");
    git(path, "2026-01-08", &["mv", "plan.md", "moved.md"]);
    commit(path, "2026-01-08", "other.md", "# More notes\n");
    git(path, "2026-01-09", &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    commit(path, "2026-01-10", "moved.md", &plan("2026-02-15", &all(["x", "x", " "])));
    let renumbered = [task("x", "1.1", "Saw"), task(" ", "1.2", "Sand"), task(" ", "1.3", "Glue")].concat();
    commit(path, "2026-01-12", "moved.md", &plan("2026-02-15", &renumbered));

    let run = |arguments: &[&str]| plansmith(path, &[&["history", "--format", "json"], arguments].concat());
    let found = report(&run(&[]));
    let plan = &found["plans"][0];
    let shown: Vec<Value> = plan["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            json!([version["date"], version["path"], version["done"], version["total"], version["target"]])
        })
        .collect();
    assert_eq!(
        shown,
        [
            json!(["2026-01-01", "plan.md", 0, 3, "2026-02-01"]),
            json!(["2026-01-05", "plan.md", 0, 3, "2026-02-01"]),
            json!(["2026-01-08", "moved.md", 0, 3, "2026-02-01"]),
            json!(["2026-01-09", "moved.md", 1, 3, "2026-02-01"]),
            json!(["2026-01-10", "moved.md", 2, 3, "2026-02-15"]),
            json!(["2026-01-12", "moved.md", 1, 3, "2026-02-15"]),
        ]
    );
    // The counts are those of a checkout of every version.
    for version in plan["versions"].as_array().unwrap() {
        let (revision, name) = (version["revision"].as_str().unwrap(), version["path"].as_str().unwrap());
        let text = git(path, "2026-01-12", &["show", &format!("{revision}:{name}")]);
        let status = piped(&["status", "-", "--format", "json"], text.as_bytes());
        let status = &report(&status)["plans"][0];
        assert_eq!((&status["done"], &status["total"]), (&version["done"], &version["total"]), "{revision}");
    }
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(plan["targets"][0]["from"], "2026-02-01");
    assert_eq!(
        (names(&plan["added"]), names(&plan["removed"])),
        (vec!["Sand".to_owned()], vec!["Oil".to_owned()])
    );
    assert_eq!(names(&plan["reopened"]), ["Glue"]);
    assert_eq!((&plan["active"][0]["title"], &plan["active"][0]["days"]), (&json!("Saw"), &json!(5)));

    let dates = |since: &str| -> usize {
        report(&run(&["--since", since]))["plans"][0]["versions"].as_array().unwrap().len()
    };
    assert_eq!((dates("2026-01-10"), dates("HEAD~1")), (3, 2), "with the version before");
    let unknown = plansmith(path, &["history", "--since", "nowhere"]);
    assert_eq!(code(&unknown), 2);
    assert_eq!(err(&unknown), "error: unknown git revision `nowhere`; expected a git revision or a date\n");
    let html = out(&plansmith(path, &["history", "--format", "html"]));
    assert!(html.contains("class=\"plan-diagram\"") && !html.contains("<script"), "{html}");
    let text = out(&plansmith(path, &["history"]));
    assert!(text.contains("target moved 1 time: 2026-02-01 to 2026-02-15 (on 2026-01-10)"), "{text}");
    let baseline = plansmith(path, &["schedule", "moved.md", "--baseline", "HEAD~2"]);
    assert_eq!(code(&baseline), 0, "{}", err(&baseline));
    // The baseline has the dates that the plan had on the day of the commit.
    let estimates = renumbered.replace("Glue\n", "Glue\n  - Estimate: 2 days\n");
    let estimates = estimates.replace("[ ] **Task 1.2", "[/] **Task 1.2");
    commit(path, "2026-01-13", "moved.md", &self::plan("2026-02-15", &estimates));
    let text = out(&plansmith(path, &["history"]));
    assert!(text.contains("active: 1.1 Saw (5 days), 1.2 Sand (since 2026-01-13)"), "{text}");
    let later = ["schedule", "moved.md", "--baseline", "HEAD", "--today", "2026-01-20", "--format", "svg"];
    let svg = out(&plansmith(path, &later));
    assert!(
        svg.contains(
            "2026-01-20 to 2026-01-21, open, on the critical path; baseline 2026-01-13 to 2026-01-14"
        ),
        "{svg}"
    );
    let unknown = plansmith(path, &["schedule", "moved.md", "--baseline", "nowhere"]);
    assert_eq!(err(&unknown), "error: unknown git revision `nowhere`; expected a git revision or a file\n");
}

#[test]
fn status_shows_changes_since_a_version() {
    let folder = folder(&[]);
    let path = folder.path();
    git(path, "2026-01-01", &["init", "-q", "-b", "main"]);
    let first = plan("2026-02-01", "- [ ] **Task 1.1**: Saw\n- [x] **Task 1.2**: Glue\n");
    commit(path, "2026-01-05", "plan.md", &first);
    commit(path, "2026-01-10", "plan.md", &first.replace("[ ] **Task 1.1", "[/] **Task 1.1"));
    // The current text counts, committed or not.
    let last = "- [x] **Task 1.1**: Saw\n- [ ] **Task 1.2**: Glue\n- [ ] **Task 1.3**: Oil\n";
    fs::write(path.join("plan.md"), plan("2026-02-15", last)).unwrap();
    fs::write(path.join("new.md"), plan("2026-05-01", "- [ ] **Task 1.1**: a|b\n")).unwrap();
    let run = |since: &str, format: &str| {
        let all = ["status", "--since", since, "--today", "2026-01-20", "--format", format];
        let output = plansmith(path, &all);
        assert_eq!(code(&output), 0, "{}", err(&output));
        output
    };
    let found = report(&run("2026-01-06", "json"));
    let change = &found["plans"][1]["since"];
    let base = &change["version"];
    assert_eq!((&base["date"], &base["done"], &base["total"]), (&json!("2026-01-05"), &json!(1), &json!(2)));
    let titles = |kind: &str| -> Vec<&str> {
        change[kind].as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap()).collect()
    };
    assert_eq!(
        (titles("completed"), titles("added"), titles("removed"), titles("reopened")),
        (vec!["Saw"], vec!["Oil"], vec![], vec!["Glue"])
    );
    assert_eq!(
        (&change["targets"][0]["from"], &change["targets"][0]["to"]),
        (&json!("2026-02-01"), &json!("2026-02-15"))
    );
    assert_eq!(found["plans"][0]["since"]["version"], Value::Null);
    let text = out(&run("HEAD", "text"));
    assert!(text.contains("1 completed, 1 added, 1 reopened, target 2026-02-01 to 2026"), "{text}");
    assert!(text.contains("new plan"), "{text}");
    let markdown = out(&run("HEAD", "markdown"));
    assert!(markdown.contains("| Plan | Status | Progress | Next | Target | Since HEAD |\n"), "{markdown}");
    assert!(
        markdown.contains("| Plan: Move<br>`new.md` | Active | 0/1 | 1.1 a\\|b | 2026-05-01 | new plan |\n"),
        "{markdown}"
    );
    let html = out(&run("HEAD", "html"));
    assert!(
        html.contains("Since 2026-01-10 (then 1 of 2 tasks done): 1 completed, 1 added, 1 reopened"),
        "{html}"
    );
    assert!(html.contains("<h3>Burn-up</h3>"), "{html}");
    let without = out(&plansmith(path, &["status", "--today", "2026-01-20"]));
    assert!(!without.contains("CHANGES"), "{without}");
    let unknown = plansmith(path, &["status", "--since", "nowhere"]);
    assert_eq!(code(&unknown), 2);
    assert_eq!(err(&unknown), "error: unknown git revision `nowhere`; expected a git revision or a date\n");
}

/// A plan that is changed at random.
struct RandomPlan {
    random: u64,
    name: String,
    target: u64,
    tasks: Vec<(u64, char)>,
    next: u64,
}

impl RandomPlan {
    fn below(&mut self, limit: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % limit
    }

    fn add(&mut self) {
        self.tasks.push((self.next, ' '));
        self.next += 1;
    }

    fn change(&mut self) {
        for _ in 0..1 + self.below(2) {
            let index = self.below(self.tasks.len() as u64) as usize;
            match self.below(6) {
                0 => self.add(),
                1 if self.tasks.len() > 8 => drop(self.tasks.remove(index)),
                2 => self.target = 1 + self.below(28),
                _ => self.tasks[index].1 = [' ', '/', 'x'][self.below(3) as usize],
            }
        }
    }

    fn text(&self) -> String {
        let line = |(id, mark): &(u64, char)| format!("- [{mark}] **Task 1.{id}**: Part number {id}\n");
        plan(&format!("2026-05-{:02}", self.target), &self.tasks.iter().map(line).collect::<String>())
    }

    fn commit(&self, folder: &Path, day: &str) {
        fs::write(folder.join(&self.name), self.text()).unwrap();
        git(folder, day, &["add", "-A"]);
        git(folder, day, &["commit", "-q", "--allow-empty", "-m", day]);
    }
}

/// Creates a repository with random changes, renames, merges and rebases of one plan.
fn random_repository(folder: &Path, seed: u64) {
    let mut plan =
        RandomPlan { random: seed, name: "plan0.md".into(), target: 1, tasks: Vec::new(), next: 1 };
    (0..10).for_each(|_| plan.add());
    git(folder, "2026-01-01", &["init", "-q", "-b", "main"]);
    plan.commit(folder, "2026-01-01");
    for step in 2..14 {
        let day = format!("2026-01-{step:02}");
        let notes = |text: &str| fs::write(folder.join("notes.md"), format!("# Notes\n\n{text}\n")).unwrap();
        match plan.below(5) {
            0 => {
                let name = format!("plan{step}.md");
                git(folder, &day, &["mv", &plan.name, &name]);
                plan.name = name;
                if plan.below(2) == 0 {
                    plan.change();
                }
            }
            kind @ (1 | 2) => {
                git(folder, &day, &["checkout", "-q", "-b", "side"]);
                plan.change();
                plan.commit(folder, &day);
                plan.change();
                plan.commit(folder, &day);
                git(folder, &day, &["checkout", "-q", "main"]);
                notes(&day);
                git(folder, &day, &["add", "-A"]);
                git(folder, &day, &["commit", "-q", "-m", "notes"]);
                if kind == 1 {
                    git(folder, &day, &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
                } else {
                    git(folder, &day, &["rebase", "-q", "main", "side"]);
                    git(folder, &day, &["checkout", "-q", "main"]);
                    git(folder, &day, &["merge", "-q", "--ff-only", "side"]);
                }
                git(folder, &day, &["branch", "-q", "-D", "side"]);
            }
            _ => plan.change(),
        }
        plan.commit(folder, &day);
    }
}

#[test]
fn histories_equal_checkouts_of_all_versions() {
    for seed in 1..5 {
        let folder = folder(&[]);
        let path = folder.path();
        random_repository(path, seed);
        // The versions of all commits, without those that change other files only.
        let checkouts = tempfile::tempdir().unwrap();
        let mut expected: Vec<(String, String)> = Vec::new();
        let mut last = None;
        for commit in git(path, "2026-02-01", &["rev-list", "--first-parent", "--reverse", "HEAD"]).lines() {
            let names = git(path, "2026-02-01", &["ls-tree", "--name-only", commit]);
            let name = names.lines().find(|name| name.starts_with("plan")).unwrap();
            let text = git(path, "2026-02-01", &["show", &format!("{commit}:{name}")]);
            let version = Some((name.to_owned(), text.clone()));
            if version != last {
                fs::write(checkouts.path().join(format!("{:03}.md", expected.len())), text).unwrap();
                expected.push((commit.to_owned(), name.to_owned()));
                last = version;
            }
        }
        let status = report(&plansmith(checkouts.path(), &["status", "--format", "json"]));
        let counts = status["plans"].as_array().unwrap().iter();
        let expected: Vec<Value> = expected
            .into_iter()
            .zip(counts)
            .map(|((commit, name), plan)| json!([commit, name, plan["done"], plan["total"], plan["target"]]))
            .collect();
        let found = report(&plansmith(path, &["history", "--format", "json"]));
        let plan = &found["plans"][0];
        let found: Vec<Value> = plan["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|own| json!([own["revision"], own["path"], own["done"], own["total"], own["target"]]))
            .collect();
        assert_eq!(found, expected, "seed {seed}");
        assert!(found.len() > 8, "seed {seed}: {found:?}");
        let moved = expected.windows(2).filter(|pair| pair[0][4] != pair[1][4]).count();
        assert_eq!(plan["targets"].as_array().unwrap().len(), moved, "seed {seed}");
        // Without renumbered tasks, the number of tasks follows from those that were added and removed.
        let count = |kind: &str| plan[kind].as_array().unwrap().len() as i64;
        let total = |version: &Value| version[3].as_i64().unwrap();
        let difference = total(&expected[expected.len() - 1]) - total(&expected[0]);
        assert_eq!(count("added") - count("removed"), difference, "seed {seed}");
    }
}

#[test]
fn history_fails_outside_of_a_repository() {
    let folder = folder(&[("plan.md", &plan("2026-02-01", "- [ ] **Task 1.1**: Saw\n"))]);
    let output = plansmith(folder.path(), &["history"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("not in a git repository"), "{}", err(&output));
}
