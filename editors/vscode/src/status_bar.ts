// The progress of the plan in the active editor, in the status bar.

import { Disposable, MarkdownString, StatusBarAlignment, window } from "vscode";
import { CurrentPlan } from "./current_plan";
import { PlanStatus } from "./server_api";

export function showStatusBar(current: CurrentPlan): Disposable {
  const item = window.createStatusBarItem("plansmith.progress", StatusBarAlignment.Right, 90);
  item.name = "Plan Progress";
  item.command = "plansmith.nextTasks";
  const subscription = current.onDidChange((plan) => {
    if (plan === undefined || plan.total === 0) {
      item.hide();
      return;
    }
    item.text = `$(checklist) ${plan.done}/${plan.total}`;
    item.tooltip = explained(plan);
    item.accessibilityInformation = { label: `${plan.done} of ${plan.total} tasks of the plan are done` };
    item.show();
  });
  return Disposable.from(item, subscription);
}

function explained(plan: PlanStatus): MarkdownString {
  const text = new MarkdownString();
  // Titles are someone's text: they are shown, not rendered.
  text.appendText(plan.title ?? plan.path);
  text.appendMarkdown(`\n\n${plan.done} of ${plan.total} tasks done`);
  if (plan.status !== null) text.appendMarkdown(", status: ").appendText(plan.status);
  if (plan.target !== null) text.appendMarkdown("\n\nTarget: ").appendText(plan.target);
  if (plan.overdue_days !== null && plan.overdue_days > 0) text.appendMarkdown(`, ${plan.overdue_days} days ago`);
  const next = plan.next[0];
  if (next !== undefined) text.appendMarkdown("\n\nNext: ").appendText(`${next.id ?? ""} ${next.title}`.trim());
  return text;
}
