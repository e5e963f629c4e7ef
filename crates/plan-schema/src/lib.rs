//! Templates compiled to what a plan is asked for, which of them a plan follows, and what kind of document it is.

mod binding;
mod classify;
mod derive;
mod lines;
mod nearest;
mod skeleton;
mod slot;
mod template;
mod templates;
mod title;

pub use binding::{Binding, Bound, How};
pub use classify::{Classification, Kind, classify};
pub use derive::derive;
pub use lines::{Holder, Line, lines, lines_of_interest};
pub use nearest::{nearest_name, no_such};
pub use skeleton::{Filled, Part, Skeleton};
pub use slot::{Place as SlotPlace, Slot, SlotKind, compared_choice, pattern, same_choice, slots};
pub use template::{FieldSpec, Problem, SectionSpec, SlotSpec, TableSpec, Template, directive};
pub use templates::Templates;
pub use title::{is_near, normalize};
