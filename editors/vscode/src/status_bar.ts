// Status bar item with the progress of the plan in the active editor.

import { Disposable, MarkdownString, StatusBarAlignment, window } from "vscode";
import { CurrentPlan } from "./current_plan";
import { PlanStatus } from "./server/api";

export function registerStatusBar(currentPlan: CurrentPlan): Disposable {
  const item = window.createStatusBarItem("plansmith.progress", StatusBarAlignment.Right, 90);
  item.name = "Plan Progress";
  item.command = "plansmith.nextTasks";
  const subscription = currentPlan.onDidChange((plan) => {
    if (plan === undefined || plan.total === 0) {
      item.hide();
      return;
    }
    item.text = `$(checklist) ${plan.done}/${plan.total}`;
    item.tooltip = tooltip(plan);
    item.accessibilityInformation = { label: `${plan.done} of ${plan.total} plan tasks done` };
    item.show();
  });
  return Disposable.from(item, subscription);
}

function tooltip(plan: PlanStatus): MarkdownString {
  const text = new MarkdownString();
  // `appendText` prevents Markdown in titles and field values from being rendered.
  text.appendText(plan.title ?? plan.path);
  text.appendMarkdown(`\n\n${plan.done} of ${plan.total} tasks done`);
  if (plan.status !== null) text.appendMarkdown(", status: ").appendText(plan.status);
  if (plan.target !== null) text.appendMarkdown("\n\nTarget: ").appendText(plan.target);
  if (plan.overdue_days !== null && plan.overdue_days > 0) text.appendMarkdown(`, ${plan.overdue_days} ${plan.overdue_days === 1 ? "day" : "days"} overdue`);
  const next = plan.next[0];
  if (next !== undefined) text.appendMarkdown("\n\nNext: ").appendText(`${next.id ?? ""} ${next.title}`.trim());
  return text;
}
