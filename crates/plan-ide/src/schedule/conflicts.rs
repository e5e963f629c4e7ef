//! Statements about time that contradict each other.

use jiff::civil::Date;
use plan_model::Plan;

use super::{
    Conflict, ConflictKind, DateSource, computation::DateComputation, inputs::ScheduleInputs,
    network::Network,
};
use crate::next::short_name;

/// Returns all conflicts in document order.
pub(super) fn find(
    plan: &Plan,
    inputs: &ScheduleInputs,
    network: &Network,
    computation: &DateComputation,
) -> Vec<Conflict> {
    let mut found = Vec::new();
    order(plan, inputs, network, computation, &mut found);
    for (index, time) in inputs.times.iter().enumerate() {
        let computed = &computation.items[index];
        let Some(item) = plan.item(index).filter(|_| computed.is_open) else { continue };
        let name = short_name(&item);
        if let Some((first, last, range)) = &time.other_chart {
            let stated = time.end.as_ref().or(time.start.as_ref());
            found.push(Conflict {
                range: range.clone(),
                message: format!("chart dates of `{name}` ({first} to {last}) differ from the plan"),
                related: stated.map(|stated| stated.range.clone()),
                kind: ConflictKind::Chart,
            });
        }
        if let Some((start, end)) = &time.misordered {
            found.push(Conflict {
                range: start.range.clone(),
                message: format!("`{name}` starts on {}, after its end {}", start.day, end.day),
                related: Some(end.range.clone()),
                kind: ConflictKind::Reversed,
            });
        }
        if let (Some(end), Some(days)) = (&time.end, time.days) {
            let begin = match &time.start {
                Some(start) => inputs.calendar.index_of(start.day),
                None => computed.earliest,
            };
            let available = (inputs.calendar.index_after(end.day) - begin).max(0);
            let is_past = inputs.today.is_some_and(|today| end.day < today);
            if available < days && !is_past && !computed.is_rolled_up {
                let noun = if days == 1 { "day" } else { "days" };
                let message = match available {
                    0 => {
                        let start = inputs.calendar.date(begin);
                        format!("`{name}` is due on {}, but cannot start before {start}", end.day)
                    }
                    _ => {
                        let (verb, due) = (if available == 1 { "is" } else { "are" }, end.day);
                        format!(
                            "`{name}` takes {days} working {noun}, but only {available} {verb} left until {due}"
                        )
                    }
                };
                found.push(Conflict {
                    range: end.range.clone(),
                    message,
                    related: None,
                    kind: ConflictKind::TooShort,
                });
            }
        }
        if let Some(parent) = item.parent().filter(|_| computed.source != DateSource::None)
            && let (Some(end), Some(limit)) = (computed.end, &inputs.times[parent].end)
            && end > limit.day
            && let Some(parent) = plan.item(parent)
        {
            let range = time.end.as_ref().map_or_else(|| item.line(), |end| end.range.clone());
            found.push(Conflict {
                range,
                message: format!(
                    "`{name}` ends on {end}, after `{}` ends on {}",
                    short_name(&parent),
                    limit.day
                ),
                related: Some(limit.range.clone()),
                kind: ConflictKind::Parent,
            });
        }
    }
    // A week ends on Sunday, but the work of the week ends on Friday.
    let is_later =
        |end: Date, other: Date| inputs.calendar.index_after(end) > inputs.calendar.index_after(other);
    for (milestone, computed) in inputs.milestones.iter().zip(&computation.milestones) {
        let Some(day) = milestone.day.as_ref().filter(|_| computed.is_open) else { continue };
        let items = milestone.items.iter().map(|index| (*index, &computation.items[*index]));
        let last = items.filter(|(_, item)| item.is_open).max_by_key(|(_, item)| item.end);
        let Some((index, last)) = last else { continue };
        if let Some(end) = last.end.filter(|end| is_later(*end, day.day))
            && let Some(item) = plan.item(index)
        {
            found.push(Conflict {
                range: day.range.clone(),
                message: format!("milestone is on {}, but `{}` ends on {end}", day.day, short_name(&item)),
                related: Some(item.line()),
                kind: ConflictKind::Milestone,
            });
        }
    }
    if let (Some(target), Some(end)) =
        (&inputs.target, computation.end.filter(|_| computation.items.iter().any(|i| i.is_open)))
        && is_later(end, target.day)
    {
        found.push(Conflict {
            range: target.range.clone(),
            message: format!("target date is {}, but the schedule ends on {end}", target.day),
            related: None,
            kind: ConflictKind::Target,
        });
    }
    found.sort_by_key(|conflict| (conflict.range.start, conflict.range.end));
    found
}

/// Adds conflicts for items that start before their dependencies end, and for cycles.
fn order(
    plan: &Plan,
    inputs: &ScheduleInputs,
    network: &Network,
    computation: &DateComputation,
    found: &mut Vec<Conflict>,
) {
    for edge in &network.stated {
        let (dependent, dependency) = (&computation.items[edge.from], &computation.items[edge.to]);
        let Some(start) = inputs.times[edge.from].start.as_ref() else { continue };
        let Some(end) = dependency.end.filter(|end| *end >= start.day) else { continue };
        let names = plan.item(edge.from).zip(plan.item(edge.to));
        if let Some((item, other)) = names.filter(|_| dependent.is_open && dependency.is_open) {
            let (name, other_name) = (short_name(&item), short_name(&other));
            found.push(Conflict {
                range: start.range.clone(),
                message: format!("`{name}` starts on {}, before `{other_name}` ends on {end}", start.day),
                related: Some(edge.name_range(plan)),
                kind: ConflictKind::Order,
            });
        }
    }
    for edge in &network.cyclic {
        let names = plan.item(edge.from).zip(plan.item(edge.to));
        let Some((item, other)) = names else { continue };
        found.push(Conflict {
            range: edge.name_range(plan),
            message: format!("dependency cycle: `{}` depends on `{}`", short_name(&item), short_name(&other)),
            related: None,
            kind: ConflictKind::Cycle,
        });
    }
}
