//! Baselines: other versions of a plan, with the schedule that they had at their time.

use std::sync::Arc;

use jiff::civil::Date;
use plan_ide::{Environment, File, schedule::version_date};
use plan_syntax::Document;

/// Returns a version of the plan at `path` as of its date: the given one, otherwise the one in its text. It is never after
/// today.
pub(crate) fn baseline(path: &str, text: &str, date: Option<Date>, environment: &Arc<Environment>) -> File {
    let file = File::with_environment(path, Document::new(text), Arc::clone(environment));
    let today: Option<Date> = environment.today.as_ref().and_then(|today| today.parse().ok());
    let date = date.or_else(|| version_date(&file)).filter(|date| today.is_none_or(|today| *date < today));
    match date {
        None => file,
        Some(date) => {
            let environment = Environment { today: Some(date.to_string()), ..(**environment).clone() };
            File::with_environment(path, Document::new(text), Arc::new(environment))
        }
    }
}
