// The Ready view: ready tasks, by plan.

import { Disposable, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri } from "vscode";
import { NextTask, NextTasks, ServerApi, uriOf } from "../server/api";
import { PlanChanges } from "./changes";
import { shortTitle } from "./nodes";
import { registerServerTree, ServerTree } from "./server_tree";
import { stateIcon } from "./tree_items";

interface PlanTasks {
  key: string;
  uri: Uri;
  title: string;
  tasks: NextTask[];
}

interface ReadyTask {
  uri: Uri;
  /** Starts at 0. */
  line: number;
  label: string;
  task: NextTask;
  plan: PlanTasks;
}

type ReadyNode = PlanTasks | ReadyTask;

export function registerReadyView(api: ServerApi, changes: PlanChanges): Disposable {
  return registerServerTree("plansmith.ready", new ReadyTree(api, "nextTasks"), changes);
}

class ReadyTree extends ServerTree<NextTasks, ReadyNode> {
  protected load(api: ServerApi): Promise<NextTasks[]> {
    return api.nextTasks();
  }

  protected roots(plans: readonly NextTasks[]): ReadyNode[] {
    return plans.flatMap((plan) => {
      const uri = uriOf(plan);
      if (uri === undefined || plan.tasks.length === 0) return [];
      return [{ key: uri.toString(), uri, title: shortTitle(plan), tasks: plan.tasks }];
    });
  }

  protected childrenOf(node: ReadyNode): ReadyNode[] {
    return "tasks" in node ? node.tasks.map((task) => readyTask(node, task)) : [];
  }

  getTreeItem(node: ReadyNode): TreeItem {
    return "tasks" in node ? planItem(node) : taskItem(node);
  }
}

function readyTask(plan: PlanTasks, task: NextTask): ReadyTask {
  const label = [task.id, task.title].filter(Boolean).join(" ");
  return { uri: plan.uri, line: task.line - 1, label, task, plan };
}

function planItem({ key, title, tasks }: PlanTasks): TreeItem {
  const item = new TreeItem(title, TreeItemCollapsibleState.Expanded);
  item.id = key;
  item.description = String(tasks.length);
  item.iconPath = new ThemeIcon("checklist");
  item.contextValue = "readyPlan";
  return item;
}

function taskItem(node: ReadyTask): TreeItem {
  const { task, plan, label } = node;
  const item = new TreeItem(label);
  item.id = `${plan.key}/${task.line}`;
  item.iconPath = stateIcon(task.state);
  item.description = [task.owner, task.estimate, task.phase].filter(Boolean).join(" · ");
  item.tooltip = [label, task.phase, task.owner && `owner: ${task.owner}`, task.estimate && `estimate: ${task.estimate}`].filter(Boolean).join("\n");
  item.contextValue = "readyTask";
  item.command = { command: "plansmith.openPlanItem", title: "Go to Task", arguments: [node] };
  return item;
}
