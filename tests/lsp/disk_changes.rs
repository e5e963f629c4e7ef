//! Changes on disk: the responses of a running server equal those of a server that is started after the changes, for clients
//! with and without file watching, and with pulled and published diagnostics.

use std::{fs, path::Path, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    client::{Client, simple_capabilities},
    session::{ABILITIES, Abilities, Session, seeds, tree},
    workspace::{Numbers, folder, index, uri, write},
};

fn link(target: &Path, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

const LINKS: &str = "# Plan: One\n\n- [ ] [a](img/a.png) [b](pictures/) [c](src/x.rs) [d](d.md)\n";

#[test]
fn links_to_files_outside_of_the_index() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("plan.md", LINKS), ("closed.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("plan.md");
        session.open(&plan, LINKS);
        session.expect(&plan, "broken-link", &["img/a.png", "pictures/", "src/x.rs", "d.md"]);
        session.on_disk(|root| write(root, "img/a.png", "x"));
        session.expect(&plan, "broken-link", &["pictures/", "src/x.rs", "d.md"]);
        session.on_disk(|root| fs::create_dir(root.join("pictures")).unwrap());
        session.expect(&plan, "broken-link", &["src/x.rs", "d.md"]);
        session.on_disk(|root| write(root, "elsewhere/x.rs", ""));
        session.on_disk(|root| fs::rename(root.join("elsewhere"), root.join("src")).unwrap());
        session.expect(&plan, "broken-link", &["d.md"]);
        session.on_disk(|root| write(root, "real.md", "# Real\n"));
        session.on_disk(|root| link(&root.join("real.md"), &root.join("d.md")));
        session.expect(&plan, "broken-link", &[]);
        // The target of the link is deleted.
        session.on_disk(|root| fs::remove_file(root.join("real.md")).unwrap());
        session.expect(&plan, "broken-link", &["d.md"]);
        session.on_disk(|root| fs::remove_dir_all(root.join("img")).unwrap());
        session.expect(&plan, "broken-link", &["img/a.png", "d.md"]);
        session.on_disk(|root| fs::remove_file(root.join("src/x.rs")).unwrap());
        session.expect(&plan, "broken-link", &["img/a.png", "src/x.rs", "d.md"]);
        if !abilities.pulls {
            // Diagnostics of a closed plan change as well.
            session.expect(&root.join("closed.md"), "broken-link", &["img/a.png", "src/x.rs", "d.md"]);
        }
        session.client.shutdown();
    }
}

#[test]
fn a_file_that_becomes_a_symbolic_link() {
    let task = "# Plan: Two\n\n- [ ] **T1-007**: x\n";
    for abilities in ABILITIES {
        let (_guard, root) =
            folder(&[("a.md", task), ("b.md", task), ("out/c.md", task), (".gitignore", "out/\n")]);
        let mut session = Session::start(&root, abilities);
        session.expect_index("/a.md plan", true);
        session.on_disk(|root| {
            fs::remove_file(root.join("a.md")).unwrap();
            link(&root.join("b.md"), &root.join("a.md"));
        });
        session.expect_index("/a.md plan", false);
        // A file in an ignored folder belongs to the workspace through a symbolic link.
        session.on_disk(|root| link(&root.join("out/c.md"), &root.join("c.md")));
        session.expect_index("/out/c.md plan", true);
        session.on_disk(|root| fs::remove_file(root.join("c.md")).unwrap());
        session.expect_index("/out/c.md plan", false);
        session.client.shutdown();
    }
}

#[test]
fn an_open_file_that_becomes_a_symbolic_link() {
    let text = |number: usize| format!("# Plan: {number}\n\n- [ ] **T{number}-001**: [x](x.png)\n");
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("a.md", &text(1)), ("sub/b.md", &text(2))]);
        let mut session = Session::start(&root, abilities);
        let a = root.join("a.md");
        session.open(&a, &text(3));
        session.expect(&a, "broken-link", &["x.png"]);
        session.expect_index("/a.md plan", true);
        session.on_disk(|root| {
            fs::remove_file(&a).unwrap();
            link(&root.join("sub/b.md"), &a);
        });
        // The buffer now has the text of the other file, and its links are relative to that file.
        session.expect_index("/a.md plan", false);
        session.expect_index("Plan: 3", true);
        session.expect_index("Plan: 2", false);
        session.expect(&a, "broken-link", &["x.png"]);
        session.on_disk(|root| write(root, "sub/x.png", ""));
        session.expect(&a, "broken-link", &[]);
        session.on_disk(|root| {
            fs::remove_file(&a).unwrap();
            write(root, "a.md", &text(1));
        });
        session.expect(&a, "broken-link", &["x.png"]);
        session.expect_index("Plan: 3", true);
        session.expect_index("Plan: 2", true);
        session.client.shutdown();
    }
}

#[test]
fn each_buffer_of_a_file_follows_the_disk() {
    let text = |picture: &str| format!("# Plan: One\n\n- [ ] [x]({picture})\n");
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("plan.md", &text("a.png"))]);
        let (plan, alias) = (root.join("plan.md"), root.join("alias.md"));
        link(&plan, &alias);
        let mut session = Session::start(&root, abilities);
        session.open(&plan, &text("a.png"));
        session.open(&alias, &text("b.png"));
        session.expect(&plan, "broken-link", &["a.png"]);
        session.expect(&alias, "broken-link", &["b.png"]);
        session.on_disk(|root| write(root, "a.png", ""));
        session.expect(&plan, "broken-link", &[]);
        session.on_disk(|root| write(root, "b.png", ""));
        session.expect(&alias, "broken-link", &[]);
        session.on_disk(|root| fs::remove_file(root.join("a.png")).unwrap());
        session.expect(&plan, "broken-link", &["a.png"]);
        session.client.shutdown();
    }
}

#[test]
fn template_folders() {
    for abilities in ABILITIES {
        let (_guard, root) =
            folder(&[("plan.md", LINKS), ("kept/templates/mine.md", "# [Title]\n\n## Goal\n")]);
        let mut session = Session::start(&root, abilities);
        session.expect_templates(&[]);
        session.on_disk(|root| fs::rename(root.join("kept"), root.join(".plansmith")).unwrap());
        session.expect_templates(&["mine"]);
        session.on_disk(|root| write(root, ".plansmith/templates/second.md", "# [Title]\n"));
        session.expect_templates(&["mine", "second"]);
        session.on_disk(|root| fs::remove_dir_all(root.join(".plansmith/templates")).unwrap());
        session.expect_templates(&[]);
        session.on_disk(|root| write(root, ".plansmith/templates/mine.md", "# [Title]\n"));
        session.expect_templates(&["mine"]);
        session.on_disk(|root| fs::rename(root.join(".plansmith"), root.join("away")).unwrap());
        session.expect_templates(&[]);
        session.on_disk(|root| link(&root.join("away"), &root.join(".plansmith")));
        session.expect_templates(&["mine"]);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_that_is_created_again_is_watched_again() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("d/one.md", LINKS), ("d/e/two.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        session.expect_index("/d/e/two.md plan", true);
        for number in 0..5 {
            // The file changes faster than the server can check it, as with a program that generates files.
            session.on_disk(|root| {
                fs::remove_dir_all(root.join("d")).unwrap();
                write(root, "d/e/other.md", LINKS);
            });
            session.expect_index("/d/e/two.md plan", false);
            let name = format!("d/e/new-{number}.md");
            session.on_disk(|root| write(root, &name, LINKS));
            session.expect_index(&format!("/{name} plan"), true);
            session.on_disk(|root| write(root, "d/e/two.md", LINKS));
            session.expect_index("/d/e/two.md plan", true);
        }
        // A moved folder has one watch under two names.
        session.on_disk(|root| fs::rename(root.join("d"), root.join("moved")).unwrap());
        session.expect_index("/moved/e/two.md plan", true);
        session.on_disk(|root| write(root, "d/e/again.md", LINKS));
        session.expect_index("/d/e/again.md plan", true);
        session.on_disk(|root| fs::remove_dir_all(root.join("d")).unwrap());
        session.expect_index("/d/e/again.md plan", false);
        session.on_disk(|root| write(root, "moved/e/last.md", LINKS));
        session.expect_index("/moved/e/last.md plan", true);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_that_becomes_a_file() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("d/one.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        session.expect_index("/d/one.md plan", true);
        session.on_disk(|root| {
            fs::remove_dir_all(root.join("d")).unwrap();
            write(root, "d", "");
        });
        session.expect_index("/d/one.md plan", false);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_is_deleted_while_templates_change() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("d/plan.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("d/plan.md");
        if !abilities.pulls {
            session.expect(&plan, "broken-link", &["img/a.png", "pictures/", "src/x.rs", "d.md"]);
        }
        session.on_disk(|root| {
            fs::remove_dir_all(root.join("d")).unwrap();
            write(root, ".plansmith/templates/mine.md", "# [Title]\n");
        });
        session.expect_templates(&["mine"]);
        session.expect_index("/d/plan.md plan", false);
        session.expect(&plan, "broken-link", &[]);
        session.client.shutdown();
    }
}

#[test]
fn the_template_folder_of_the_first_settings() {
    let (_guard, root) = folder(&[("t/mine.md", "# [Title]\n")]);
    let mut client = Client::start(&[]);
    client.initialize(json!({
        "workspaceFolders": [{"uri": uri(&root), "name": "w"}],
        "initializationOptions": {"templateFolder": "t"},
        "capabilities": simple_capabilities(),
    }));
    index(&mut client);
    let command = json!({"command": "plansmith.server.listTemplates"});
    let listed = client.request("workspace/executeCommand", command).unwrap();
    assert!(listed.as_array().unwrap().iter().any(|template| template["name"] == "mine"), "{listed}");
    client.shutdown();
}

/// Globs of some clients do not match hidden names: for a rename, they report only the deletion of the old name.
#[test]
fn a_rename_that_is_reported_by_half() {
    let (_guard, root) = folder(&[("a.md", "# Plan: Old one\n\n- [ ] x\n")]);
    let mut session = Session::start(&root, ABILITIES[0]);
    fs::rename(root.join("a.md"), root.join(".a.md")).unwrap();
    let changes = json!([{"uri": uri(&root.join("a.md")), "type": 3}]);
    session.client.notify("workspace/didChangeWatchedFiles", json!({"changes": changes}));
    index(&mut session.client);
    let found = session.client.request("workspace/symbol", json!({"query": "old"})).unwrap();
    assert_eq!(found[0]["location"]["uri"], uri(&root.join(".a.md")), "{found}");
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    session.client.shutdown();
}

#[test]
fn settings_in_a_folder_that_is_deleted() {
    for abilities in ABILITIES {
        let off = "[rules]\nbroken-link = \"off\"\n";
        let (_guard, root) = folder(&[("d/plansmith.toml", off)]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("d/plan.md");
        session.open(&plan, "# Plan: One\n\n- [ ] [a](a.png)\n");
        session.expect(&plan, "broken-link", &[]);
        session.on_disk(|root| fs::remove_dir_all(root.join("d")).unwrap());
        session.expect(&plan, "broken-link", &["a.png"]);
        session.client.shutdown();
    }
}

#[test]
fn settings_of_closed_plans() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("plan.md", "# Plan: One\n\n- [ ] [a](a.png)\n")]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("plan.md");
        let mut known = Value::Null;
        let mut held = None;
        if abilities.pulls {
            let all = json!({"previousResultIds": []});
            let report = session.client.request("workspace/diagnostic", all).unwrap();
            let item = &report["items"][0];
            assert_eq!(item["items"].as_array().unwrap().len(), 1, "{report}");
            known = json!({"previousResultIds": [{"uri": item["uri"], "value": item["resultId"]}]});
            held = Some(session.client.send_request("workspace/diagnostic", known.clone()));
        } else {
            session.expect(&plan, "broken-link", &["a.png"]);
        }
        session.on_disk(|root| write(root, "plansmith.toml", "[rules]\nbroken-link = \"off\"\n"));
        match held {
            Some(held) => {
                let report = session.client.wait_response(held).unwrap();
                assert_eq!(report["items"][0]["items"], json!([]), "{known}");
            }
            None => session.expect(&plan, "broken-link", &[]),
        }
        session.client.shutdown();
    }
}

/// Diagnostics of closed plans are cleared when settings no longer request them.
#[test]
fn closed_plans_that_are_not_in_scope_any_more() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("plan.md", "# Plan: One\n\n- [ ] [a](a.png)\n")]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("plan.md");
        let open = json!({"diagnostics": {"scope": "open"}});
        if abilities.pulls {
            let all = json!({"previousResultIds": []});
            let report = session.client.request("workspace/diagnostic", all).unwrap();
            let item = &report["items"][0];
            assert_eq!(item["items"].as_array().unwrap().len(), 1, "{report}");
            let known = json!({"previousResultIds": [{"uri": item["uri"], "value": item["resultId"]}]});
            let held = session.client.send_request("workspace/diagnostic", known);
            session.set(open);
            let report = session.client.wait_response(held).unwrap();
            assert_eq!(report["items"][0]["items"], json!([]), "{report}");
        } else {
            session.expect(&plan, "broken-link", &["a.png"]);
            session.set(open);
            session.expect(&plan, "broken-link", &[]);
        }
        session.client.shutdown();
    }
}

#[test]
fn the_client_watches_all_paths_that_links_can_lead_to() {
    let (_guard, root) = folder(&[]);
    let mut session = Session::start(&root, ABILITIES[0]);
    let registration = loop {
        let asked = session.client.server_request("client/registerCapability");
        let registration = asked["params"]["registrations"][0].clone();
        if registration["method"] == "workspace/didChangeWatchedFiles" {
            break registration;
        }
    };
    // Change types: created and deleted, as in `Session::report`.
    let any = json!({"globPattern": "**/*", "kind": 5});
    assert!(registration["registerOptions"]["watchers"].as_array().unwrap().contains(&any), "{registration}");
    session.client.shutdown();
}

const DOCUMENTS: [&str; 12] = [
    "f0.md",
    "f1.md",
    "a/f2.md",
    "a/b/f3.md",
    ".hidden/f4.md",
    ".f5.md",
    "out/f6.md",
    "img/f7.md",
    "a/f0.md",
    "a/.f5.md",
    "link.md",
    "a/link.md",
];
const OTHERS: [&str; 6] =
    ["img/x.png", "img/deep/y.png", "a/z.rs", "a/b/x.png", "out/x.png", ".hidden/x.png"];
const TEMPLATES: [&str; 3] =
    [".plansmith/templates/t0.md", ".plansmith/templates/t1.md", "a/templates/t1.md"];
const SETTINGS: [&str; 3] = ["plansmith.toml", "a/plansmith.toml", ".gitignore"];
const FOLDERS: [&str; 11] = [
    "a",
    "a/b",
    "img",
    "img/deep",
    ".hidden",
    "out",
    ".plansmith",
    ".plansmith/templates",
    "a/templates",
    "c",
    "c/d",
];

fn document(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    if numbers.below(3) == 0 {
        text += &format!("---\ntemplate: t{}\n---\n", numbers.below(2));
    }
    text += &format!("# Plan: {}\n\n**Status**: {}\n\n", numbers.below(9), numbers.of(&["Done", "Draft"]));
    for _ in 0..2 + numbers.below(3) {
        let id = numbers.below(9);
        let target = match numbers.below(3) {
            0 => format!("/{}#plan-{}", numbers.of(&DOCUMENTS), numbers.below(9)),
            1 => format!("/{}", numbers.of(&OTHERS)),
            _ => format!("/{}/", numbers.of(&FOLDERS)),
        };
        let other = numbers.below(9);
        text += &format!(
            "- [{}] **T1-00{id}**: see [x]({target})\n  - Depends on: T1-00{other}\n",
            numbers.of(&["x", " "])
        );
    }
    text + "\n[x](\n"
}

fn content(name: &str, numbers: &mut Numbers) -> String {
    match name {
        ".gitignore" => numbers.of(&["out/\n", "none\n", "img/\n.hidden/\n"]).to_owned(),
        name if name.ends_with(".toml") => numbers
            .of(&[
                "[rules]\nbroken-link = \"off\"\n",
                "[rules]\ntasks = \"hint\"\n",
                "exclude = [\"a/**\"]\n",
                "template-folder = \"a/templates\"\n",
                "[states]\ndone = [\"draft\"]\n",
            ])
            .to_owned(),
        name if name.contains("templates/") => {
            format!("# [Title]\n\n## Goal {}\n\n## Steps\n", numbers.below(4))
        }
        name if name.ends_with(".md") => document(numbers),
        _ => "x".repeat(numbers.below(3)),
    }
}

/// Makes one change on disk and returns its description. A change that does not apply to the existing files has no
/// effect.
fn change_disk(root: &Path, numbers: &mut Numbers) -> String {
    let any_file = |numbers: &mut Numbers| match numbers.below(8) {
        0..=3 => numbers.of(&DOCUMENTS),
        4 | 5 => numbers.of(&OTHERS),
        6 => numbers.of(&TEMPLATES),
        _ => numbers.of(&SETTINGS),
    };
    let any = |numbers: &mut Numbers| match numbers.below(2) {
        0 => any_file(numbers),
        _ => numbers.of(&FOLDERS),
    };
    let fill = |folder: &str, numbers: &mut Numbers| {
        for name in DOCUMENTS.iter().chain(&OTHERS).chain(&TEMPLATES) {
            if name.starts_with(&format!("{folder}/")) && numbers.below(2) == 0 {
                let path = root.join(name);
                drop(fs::create_dir_all(path.parent().unwrap()));
                drop(fs::write(path, content(name, numbers)));
            }
        }
    };
    match numbers.below(10) {
        0..=2 => {
            let name = any_file(numbers);
            drop(fs::create_dir_all(root.join(name).parent().unwrap()));
            drop(fs::write(root.join(name), content(name, numbers)));
            format!("write {name}")
        }
        3 => {
            let name = any_file(numbers);
            drop(fs::remove_file(root.join(name)));
            format!("delete {name}")
        }
        4 => {
            let name = numbers.of(&FOLDERS);
            drop(fs::remove_dir_all(root.join(name)));
            format!("delete folder {name}")
        }
        5 => {
            let name = numbers.of(&FOLDERS);
            drop(fs::create_dir_all(root.join(name)));
            format!("create folder {name}")
        }
        6 | 7 => {
            let (from, to) = (any(numbers), any(numbers));
            let done = fs::rename(root.join(from), root.join(to)).is_ok();
            format!("rename {from} to {to}: {done}")
        }
        8 => {
            let (target, name) = (any(numbers), any(numbers));
            drop(fs::remove_file(root.join(name)));
            let done = std::os::unix::fs::symlink(root.join(target), root.join(name)).is_ok();
            format!("link {name} to {target}: {done}")
        }
        _ => {
            let name = numbers.of(&FOLDERS);
            drop(fs::remove_dir_all(root.join(name)));
            fill(name, numbers);
            format!("delete and fill {name}")
        }
    }
}

/// Makes random changes on disk and in buffers. After each pause, the responses equal those of a new server.
fn random_changes(abilities: Abilities) {
    for seed in seeds(2) {
        let mut numbers = Numbers(seed);
        let (_guard, root) = folder(&[]);
        for name in DOCUMENTS.iter().chain(&OTHERS).chain(&TEMPLATES).chain(&SETTINGS) {
            if numbers.below(2) == 0 {
                write(&root, name, &content(name, &mut numbers));
            }
        }
        let mut session = Session::start(&root, abilities);
        let mut log = Vec::new();
        for _ in 0..5 {
            let before = tree(&root);
            for _ in 0..1 + numbers.below(6) {
                let name = numbers.of(&DOCUMENTS);
                let path = root.join(name);
                log.push(match numbers.below(7) {
                    0 if !session.open.contains_key(&path) => {
                        let text = document(&mut numbers);
                        session.open(&path, &text);
                        format!("open {name}")
                    }
                    1 => {
                        let text = document(&mut numbers);
                        session.change(&path, &text);
                        format!("edit {name}")
                    }
                    2 if numbers.below(3) == 0 => {
                        session.close(&path);
                        format!("close {name}")
                    }
                    3 => {
                        thread::sleep(Duration::from_millis(numbers.below(150) as u64));
                        "wait".to_owned()
                    }
                    _ => change_disk(&root, &mut numbers),
                });
            }
            log.push("compare".to_owned());
            session.report(&before);
            // After `[x](` on the last line.
            let open = session.open.iter();
            let ends: Vec<_> = open.map(|(path, buffer)| (path.clone(), buffer.text.len() - 1)).collect();
            session.expect_like_restarted(&ends, || format!("PLANSMITH_TEST_SEED={seed} {log:#?}"));
        }
        session.client.shutdown();
    }
}

#[test]
fn random_changes_reported_and_pulled() {
    random_changes(ABILITIES[0]);
}

#[test]
fn random_changes_reported_and_pushed() {
    random_changes(ABILITIES[1]);
}

#[test]
fn random_changes_watched_and_pulled() {
    random_changes(ABILITIES[2]);
}

#[test]
fn random_changes_watched_and_pushed() {
    random_changes(ABILITIES[3]);
}
