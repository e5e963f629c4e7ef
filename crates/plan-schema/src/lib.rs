//! Compiles templates, finds the template that a plan follows, classifies documents, and reads the profiles of document
//! families.

mod binding;
mod classify;
mod derive;
pub mod family;
mod lines;
mod path_role;
mod placeholder;
mod similar;
mod skeleton;
mod template;
mod templates;
mod title;

pub use binding::{Binding, BindingSource, SectionMatch};
pub use classify::{Classification, DocumentKind, classify, classify_role};
pub use derive::derive;
pub use lines::{Line, LineKind, candidate_lines, lines};
pub use path_role::{FolderMeaning, PathRole, folder_meaning, path_role};
pub use placeholder::{
    Placeholder, PlaceholderContext, PlaceholderKind, find_placeholders, is_same_choice, normalized_choice,
    pattern,
};
pub use similar::{nearest, nearest_names, nearest_of_few, unknown_name_message};
pub use skeleton::{KnownValues, Skeleton, SkeletonPart};
pub use template::{
    FieldSpec, PlaceholderSpec, SectionSpec, TableSpec, Template, TemplateProblem, directive,
};
pub use templates::Templates;
pub use title::{is_near, normalize};
