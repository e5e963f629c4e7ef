//! Completion while a user types, letter by letter, in clients that behave like three editors.

use serde_json::{Value, json};

use crate::client::Client;

/// When a client requests completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requests {
    /// After trigger characters; between them, the client filters its list. VS Code in Markdown, and Neovim.
    TriggerCharacters,
    /// Like `TriggerCharacters`, and after every letter of a word if no list is shown. Helix.
    Words,
    /// Like `Words`, except that a space does not trigger a request. The plugin blink.cmp of Neovim.
    WordsWithoutSpace,
}

const EDITORS: [Requests; 3] = [Requests::TriggerCharacters, Requests::Words, Requests::WordsWithoutSpace];

/// An editor with one document. The cursor is after the typed text.
struct Editor {
    client: Client,
    requests: Requests,
    triggers: Vec<String>,
    before: String,
    after: String,
    typed: String,
    version: i64,
    /// The shown list; empty if none is shown.
    list: Vec<Value>,
    is_incomplete: bool,
}

const URI: &str = "file:///w/plans/plan.md";

impl Editor {
    /// Opens a text with the cursor at `|`.
    fn open(requests: Requests, text: &str) -> Self {
        let (before, after) = text.split_once('|').expect("a cursor");
        let mut client = Client::start(&[]);
        let completion = json!({"completionItem": {"snippetSupport": true}});
        let capabilities = json!({
            "general": {"positionEncodings": ["utf-8"]}, "textDocument": {"completion": completion},
        });
        let result = client.initialize(json!({ "capabilities": capabilities }));
        let triggers = &result["capabilities"]["completionProvider"]["triggerCharacters"];
        let triggers =
            triggers.as_array().unwrap().iter().map(|trigger| trigger.as_str().unwrap().to_owned());
        let triggers = triggers.collect();
        client.open(URI, &format!("{before}{after}"));
        Self {
            client,
            requests,
            triggers,
            before: before.to_owned(),
            after: after.to_owned(),
            typed: String::new(),
            version: 1,
            list: Vec::new(),
            is_incomplete: false,
        }
    }

    /// Returns the cursor's line up to the cursor, and its number.
    fn line(&self) -> (usize, String) {
        let text = format!("{}{}", self.before, self.typed);
        (text.matches('\n').count(), text.rsplit('\n').next().unwrap_or_default().to_owned())
    }

    /// Types a character, then requests or filters as the editor does.
    fn key(&mut self, key: char) {
        self.typed.push(key);
        self.version += 1;
        let text = format!("{}{}{}", self.before, self.typed, self.after);
        self.client.change(URI, self.version, json!([{ "text": text }]));
        let is_trigger = self.triggers.contains(&key.to_string())
            && !(self.requests == Requests::WordsWithoutSpace && key == ' ');
        let is_word = key.is_alphanumeric();
        if is_trigger {
            self.request(Some(key));
        } else if !(self.list.is_empty() || self.is_incomplete && is_word) {
            self.filter();
        } else if self.is_incomplete || is_word && self.requests != Requests::TriggerCharacters {
            self.request(None);
        }
    }

    fn request(&mut self, trigger: Option<char>) {
        let (line, typed) = self.line();
        let context = match trigger {
            Some(trigger) => json!({"triggerKind": 2, "triggerCharacter": trigger}),
            None => json!({"triggerKind": 1}),
        };
        let params = json!({
            "textDocument": {"uri": URI}, "position": {"line": line, "character": typed.len()},
            "context": context,
        });
        let answer = self.client.request("textDocument/completion", params).expect("an answer");
        self.is_incomplete = answer["isIncomplete"] == true;
        let items = if answer.is_array() { &answer } else { &answer["items"] };
        self.list = items.as_array().cloned().unwrap_or_default();
        self.filter();
    }

    /// Keeps the items whose filter text has the letters between the start of their edit and the cursor, in order and
    /// from the start of a word.
    fn filter(&mut self) {
        let (line, typed) = self.line();
        self.list.retain(|item| {
            let range = &item["textEdit"]["range"];
            assert_eq!(range["start"]["line"], line, "an edit on the cursor's line");
            let start = range["start"]["character"].as_u64().unwrap() as usize;
            let word = typed[start..].to_lowercase();
            let filter = item["filterText"].as_str().unwrap().to_lowercase();
            let has_letters = |from: usize| {
                let mut rest = filter[from..].chars();
                filter[from..].chars().next() == word.chars().next()
                    && word.chars().all(|letter| rest.any(|other| other == letter))
            };
            let starts_word = |from: &usize| *from == 0 || !filter[..*from].ends_with(char::is_alphanumeric);
            word.is_empty()
                || filter.char_indices().map(|(from, _)| from).filter(starts_word).any(has_letters)
        });
    }

    /// Types a text and returns the list after it.
    fn labels_after(&mut self, keys: &str) -> Vec<&str> {
        keys.chars().for_each(|key| self.key(key));
        self.list.iter().map(|item| item["label"].as_str().unwrap()).collect()
    }
}

/// Types `keys` at `|`. After each of the first `from` keys the list may be anything; after every key from then on,
/// it has an item whose label contains `label`.
#[track_caller]
fn stays(text: &str, keys: &str, from: usize, label: &str) {
    for requests in EDITORS {
        let mut editor = Editor::open(requests, text);
        for (number, key) in keys.chars().enumerate() {
            let is_unasked = requests == Requests::WordsWithoutSpace && key == ' ';
            let typed = format!("{}{key}", editor.typed);
            let labels = editor.labels_after(&key.to_string());
            let is_shown = labels.iter().any(|shown| shown.contains(label));
            assert!(number < from || is_shown || is_unasked, "{requests:?} after {typed:?}: {labels:?}");
        }
        editor.client.shutdown();
    }
}

const PLAN: &str = "---\ntemplate: project-plan\n---\n# Project plan: x\n\n**Status**: Draft\n**Owner**: Ada\n\n\
    ## Objective\n\na\n\n## Detailed Tasks\n\n### Phase 1: a\n\n- [ ] **Task 1.1**: A\n- [x] **Task 1.2**: B\n";

#[test]
fn headings_of_missing_sections() {
    stays(&format!("{PLAN}\n|\n"), "## Risks", 0, "Risks");
    stays(&format!("{PLAN}\n|\n"), "### Phase 2", 2, "Phase 2");
}

#[test]
fn the_next_task() {
    stays(&format!("{PLAN}|\n"), "- [ ] **Task 1.3", 1, "1.3");
    stays(&format!("{PLAN}|\n"), "- 1.3", 1, "1.3");
}

#[test]
fn values_of_fields_and_front_matter() {
    let front = "---\n|\n---\n# Plan: x\n\n**Owner**: Ada\n\n- [ ] 1.1 a\n";
    stays(front, "template: codev-plan", 9, "codev-plan");
    stays(front, "status: In Progress", 7, "In Progress");
    stays(front, "owner: Ada", 6, "Ada");
    stays("# Plan: x\n\n**Owner**: Ada\n|\n\n- [ ] 1.1 a\n", "**Status**: Blocked", 11, "Blocked");
}

#[test]
fn values_in_the_line_of_a_task() {
    for (before, keys, label) in [
        ("depends on", " 1.1", "1.1"),
        ("(depends on", " 1.1", "1.1"),
        ("(owner:", " Ada", "Ada"),
        ("— Owner:", " Ada", "Ada"),
        ("", "@Ada", "@Ada"),
        ("[owner::", " Ada", "Ada"),
    ] {
        stays(&format!("{PLAN}- [ ] **Task 1.3**: C {before}|\n"), keys, 0, label);
    }
}

#[test]
fn ordinary_text_opens_no_list() {
    for (before, keys) in [
        (format!("{PLAN}\n## Notes\n\n"), "Some text: a (b), c @d - e # f | g"),
        (format!("{PLAN}\n## Notes\n\n"), "- a bullet, and: more (text)"),
        (PLAN.to_owned(), "- [ ] **Task 1.9**: a task: with (words), depends and owner"),
        ("# Notes\n\n".to_owned(), "- a @b: c (owner: d), depends on e"),
    ] {
        let mut editor = Editor::open(Requests::TriggerCharacters, &format!("{before}|\n"));
        for key in keys.chars() {
            let labels = editor.labels_after(&key.to_string());
            let is_shown = !labels.is_empty();
            // A bullet is the start of a task, and a bracket that of a link.
            let is_start = editor.typed.trim_end().len() <= "- [ ] **Task 1.".len();
            let line = &editor.typed;
            assert!(!is_shown || is_start || line.ends_with('#'), "{line:?}: {:?}", editor.list);
        }
        editor.client.shutdown();
    }
}
