//! Settings. The reader of `plansmith.toml` and of the client's settings, the JSON schemas, the reference in `docs` and
//! VS Code's settings page are derived from `list.rs`.

mod client;
mod custom_names;
mod file;
mod list;
mod node;
mod reader;
mod schema;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use globset::GlobMatcher;
use jiff::civil::Date;
use plan_ide::{
    Markdown, RuleSeverities, Severity, formatting::Tables, inlay::InlayHintOptions, lens::LensOptions,
    schedule::ScheduleSettings,
};
use plan_model::{State, Vocabulary};
use plan_schema::PathRole;

use crate::files::Filter;

pub use self::{
    client::{read_client, section},
    custom_names::CustomNames,
    file::{FolderSettings, SettingsFile, SettingsSelection, read_file},
    list::{SETTINGS, Scope, Setting},
};

/// The form of the value of a setting.
#[derive(Clone, Copy, Debug)]
pub enum SettingKind {
    /// True or false.
    Switch {
        /// Value if it is not set.
        default: bool,
        /// Stores a value.
        set: fn(&mut Settings, bool),
    },
    /// One of a few words.
    Choice {
        /// Allowed words.
        options: &'static [&'static str],
        /// Value if it is not set.
        default: &'static str,
        /// Stores a value.
        set: fn(&mut Settings, &str),
    },
    /// Any text.
    Text {
        /// Value if it is not set.
        default: &'static str,
        /// Stores a value.
        set: fn(&mut Settings, &str),
    },
    /// A positive number.
    Number {
        /// Value if it is not set.
        default: f64,
        /// Stores a value.
        set: fn(&mut Settings, f64),
    },
    /// A list of dates and ranges of dates.
    Holidays,
    /// A list of days of the week.
    WorkingDays,
    /// A list of globs of files that belong to the workspace.
    Include,
    /// A list of globs of files that do not belong to the workspace.
    Exclude,
    /// A list of roles of documents.
    Roles,
    /// A list of names of families.
    Families,
    /// Severities by rule or group.
    RuleSeverities,
    /// Numbers by rule and option.
    RuleOptions,
    /// Lists of words by meaning.
    Names(CustomNames),
    /// Characters by state.
    CheckboxCharacters,
    /// A list of globs with templates.
    Templates,
    /// A list of globs with severities.
    Overrides,
}

/// The settings of a settings file, or of the client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Severities of rules.
    pub severities: RuleSeverities,
    /// Severities for files that match a glob.
    pub overrides: Vec<Override>,
    /// Options of rules, by `rule.option`.
    pub options: BTreeMap<String, f64>,
    /// Minimum severity for which `check` fails. `Some(None)` means never.
    pub fail_on: Option<Option<Severity>>,
    /// Filter of the files that belong to the workspace.
    pub filter: Filter,
    /// Roles of documents that are not treated as plans in progress. `None` for the default: all roles.
    pub skip: Option<BTreeSet<PathRole>>,
    /// Names of the families to which documents can belong; `None` for all.
    pub families: Option<BTreeSet<String>>,
    /// File globs with the template that the files follow.
    pub templates: Vec<(String, String)>,
    /// Template folder of the workspace; `None` for the default.
    pub template_folder: Option<String>,
    /// Additional names.
    pub vocabulary: Vocabulary,
    /// Checkbox characters by state.
    pub checkbox_characters: BTreeMap<State, String>,
    /// Working days from Monday; `None` for the default.
    pub working_days: Option<[bool; 7]>,
    /// Days without work.
    pub holidays: BTreeSet<Date>,
    /// Hours of work per day; `None` for the default.
    pub hours_per_day: Option<f64>,
    /// Whether numbered phases follow each other; `None` for the default.
    pub phases_in_order: Option<bool>,
    /// Layout of tables.
    pub tables: Option<Tables>,
    /// Whether formatting is enabled.
    pub formats: bool,
    /// Whether Enter continues a list of tasks.
    pub formats_on_type: bool,
    /// Whether plans that are not open are checked as well.
    pub scope_is_workspace: bool,
    /// Enabled inlay hints.
    pub hints: InlayHintOptions,
    /// Enabled code lenses.
    pub lenses: LensOptions,
    /// Files for which generic Markdown features are enabled.
    pub markdown: Markdown,
}

impl Settings {
    /// Returns the schedule settings: those that are set here, otherwise those of `before`. The holidays of both are
    /// combined.
    pub fn schedule(&self, before: &ScheduleSettings) -> ScheduleSettings {
        ScheduleSettings {
            working_days: self.working_days.or(before.working_days),
            holidays: before.holidays.union(&self.holidays).copied().collect(),
            hours_per_day: self.hours_per_day.unwrap_or(before.hours_per_day),
            phases_in_order: self.phases_in_order.unwrap_or(before.phases_in_order),
        }
    }
}

/// Severities for files that match a glob.
#[derive(Clone, Debug)]
pub struct Override {
    /// The files, relative to the folder of the settings.
    pub files: GlobMatcher,
    /// Severities for these files.
    pub severities: RuleSeverities,
}

impl PartialEq for Override {
    fn eq(&self, other: &Self) -> bool {
        self.files.glob() == other.files.glob() && self.severities == other.severities
    }
}

/// An invalid entry of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// Byte range in the settings file; empty for the client's settings.
    pub range: Range<usize>,
    /// The problem and the expected value.
    pub message: String,
    /// Whether the problem is an error, such as an invalid value. An unknown key is not an error, because a newer version may
    /// support it.
    pub is_error: bool,
}
