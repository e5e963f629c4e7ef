// Cards of the board, from the phases and tasks of a plan. Also used by the script of the page.

import type { Item, State } from "../server/api";

export interface Card {
  /** Identifies the card in its plan while the plan is not changed. */
  key: string;
  id: string;
  title: string;
  state: State;
  owner: string;
  due: string;
  isOverdue: boolean;
  estimate: string;
  /** Number of done subtasks, and number of all subtasks. */
  done: number;
  total: number;
  /** Phase or section that contains the task. */
  phase: string;
  /** Whether the task is in a phase, or the plan has no phases. Other tasks are for example success criteria. */
  isWork: boolean;
}

export interface Board {
  title: string;
  done: number;
  total: number;
  cards: Card[];
}

/** A card with the task that it shows. */
export interface TaskCard {
  card: Card;
  item: Item;
}

export interface CardTexts {
  label: (item: Item) => string;
  isOverdue: (item: Item) => boolean;
}

/** Returns a card for each task that is not a subtask. */
export function cardsOf(items: readonly Item[], { label, isOverdue }: CardTexts): TaskCard[] {
  const hasPhases = items.some(({ kind }) => kind === "phase");
  const cards: TaskCard[] = [];
  const add = (list: readonly Item[], phase: string, isWork: boolean): void => {
    for (const item of list) {
      if (item.kind === "phase") {
        add(item.children, label(item), true);
        continue;
      }
      const card: Card = {
        key: `${cards.length}:${item.selectionRange.start.line}`,
        id: item.id ?? "",
        title: item.title,
        state: item.state ?? "open",
        owner: item.owner ?? "",
        due: item.due ?? "",
        isOverdue: isOverdue(item),
        estimate: item.estimate ?? "",
        done: item.done,
        total: item.children.length > 0 ? item.total : 0,
        phase: phase || (item.section ?? ""),
        isWork: isWork || !hasPhases,
      };
      cards.push({ card, item });
    }
  };
  add(items, "", false);
  return cards;
}
