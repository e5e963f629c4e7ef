// Script of the page of a board: renders the cards, and moves them by mouse or keyboard.

import type { Board, Card } from "../board/model";
import { element, pageState, vscode } from "./api";

type State = Card["state"];
type Grouping = "phase" | "owner" | "none";

interface StoredState {
  grouping?: Grouping;
  /** Whether tasks outside of phases are shown. */
  showsAll?: boolean;
}

type Message = { type: "board"; board: Board } | { type: "error"; reason: string };

const COLUMNS: readonly { state: State; name: string; isOptional?: boolean }[] = [
  { state: "open", name: "Open" },
  { state: "active", name: "Active" },
  { state: "blocked", name: "Blocked" },
  { state: "done", name: "Done" },
  { state: "deferred", name: "Deferred", isOptional: true },
  { state: "cancelled", name: "Cancelled", isOptional: true },
];

const state: StoredState = pageState();
const columns = element("columns");
const grouping = element("grouping") as HTMLSelectElement;
const more = element("more") as HTMLInputElement;
let board: Board = { title: "", done: 0, total: 0, cards: [] };
/** Key of the card that has or had the focus. */
let current: string | undefined;
let dragged: Card | undefined;

grouping.value = state.grouping ?? "phase";
more.checked = state.showsAll ?? false;
grouping.addEventListener("change", () => update({ grouping: grouping.value as Grouping }));
more.addEventListener("change", () => update({ showsAll: more.checked }));

function update(change: StoredState): void {
  Object.assign(state, change);
  vscode.setState(state);
  render();
}

function node(name: string, className: string, ...content: (Node | string)[]): HTMLElement {
  const created = document.createElement(name);
  if (className !== "") created.className = className;
  created.append(...content);
  return created;
}

function render(): void {
  const hadFocus = columns.contains(document.activeElement);
  const scroll = { left: columns.scrollLeft, top: columns.scrollTop };
  element("title").textContent = board.title;
  element("progress").textContent = board.total > 0 ? `${board.done} of ${board.total} done` : "";
  element("more-label").hidden = board.cards.every(({ isWork }) => isWork);
  const shown = board.cards.filter(({ isWork }) => isWork || more.checked || board.cards.every((card) => !card.isWork));
  const used = COLUMNS.filter(({ state, isOptional }) => !isOptional || shown.some((card) => card.state === state));
  columns.replaceChildren(...used.map(({ state, name }) => column(state, name, shown.filter((card) => card.state === state))));
  columns.scrollTo(scroll);
  const focused = cardElement(current) ?? columns.querySelector<HTMLElement>(".card");
  if (focused) focused.tabIndex = 0;
  if (hadFocus) focused?.focus();
}

function column(state: State, name: string, cards: Card[]): HTMLElement {
  const heading = node("h2", "", node("span", "dot"), name, node("span", "count", String(cards.length)));
  heading.id = `column-${state}`;
  const groups = new Map<string, Card[]>();
  for (const card of cards) {
    const key = groupOf(card);
    groups.set(key, [...(groups.get(key) ?? []), card]);
  }
  const lists = [...groups].flatMap(([group, cards]) => {
    const list = node("ul", "", ...cards.map((card) => node("li", "", cardNode(card))));
    if (group === "") return [list];
    list.setAttribute("aria-label", group);
    return [node("h3", "", group), list];
  });
  const section = node("section", `column ${state}`, heading, ...(lists.length > 0 ? lists : [node("p", "empty", "No tasks")]));
  section.setAttribute("aria-labelledby", heading.id);
  section.dataset.state = state;
  return section;
}

function groupOf(card: Card): string {
  if (grouping.value === "owner") return card.owner || "No owner";
  return grouping.value === "phase" ? card.phase : "";
}

function cardNode(card: Card): HTMLElement {
  const title = node("div", "title", ...(card.id === "" ? [] : [node("span", "id", card.id)]), card.title || "(no text)");
  const facts = [
    card.total > 0 ? node("span", "", `${card.done}/${card.total}`) : undefined,
    card.owner !== "" && grouping.value !== "owner" ? node("span", "", card.owner) : undefined,
    card.due === "" ? undefined : node("span", card.isOverdue ? "late" : "", card.isOverdue ? `overdue since ${card.due}` : `due ${card.due}`),
    card.estimate === "" ? undefined : node("span", "", card.estimate),
  ].filter((fact) => fact !== undefined);
  const result = node("div", "card", title, ...(facts.length > 0 ? [node("div", "facts", ...facts)] : []));
  result.dataset.key = card.key;
  result.draggable = true;
  result.tabIndex = -1;
  result.setAttribute("role", "button");
  result.setAttribute("aria-describedby", "help");
  result.setAttribute("aria-keyshortcuts", "Enter Alt+ArrowLeft Alt+ArrowRight");
  return result;
}

function cardElement(key: string | undefined): HTMLElement | null {
  return key === undefined ? null : columns.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
}

function cardOf(target: EventTarget | null): Card | undefined {
  const key = target instanceof Element ? target.closest<HTMLElement>(".card")?.dataset.key : undefined;
  return board.cards.find((card) => card.key === key);
}

function columnOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".column") : null;
}

/** Changes the state of a task. The card moves at once; the extension sends the board again after the change. */
function setState(card: Card, state: State): void {
  if (card.state === state) return;
  const name = COLUMNS.find((column) => column.state === state)?.name ?? state;
  element("announcement").textContent = `${card.id} ${card.title} moved to ${name}`.trim();
  card.state = state;
  current = card.key;
  render();
  cardElement(card.key)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  vscode.postMessage({ type: "setState", key: card.key, state });
}

/** Focuses a card and makes it the one that the Tab key reaches. */
function focus(card: HTMLElement | null | undefined): void {
  if (!card) return;
  columns.querySelectorAll<HTMLElement>(".card").forEach((other) => (other.tabIndex = -1));
  card.tabIndex = 0;
  card.focus();
}

/** Focuses the card that a key leads to. */
function go(from: HTMLElement, key: string): void {
  const section = columnOf(from);
  if (section === null) return;
  const cards = [...section.querySelectorAll<HTMLElement>(".card")];
  const at = cards.indexOf(from);
  const vertical: Record<string, number> = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: cards.length - 1 };
  if (key in vertical) {
    focus(cards[vertical[key] ?? at]);
    return;
  }
  const sections = [...columns.querySelectorAll<HTMLElement>(".column")];
  const step = key === "ArrowRight" ? 1 : -1;
  for (let index = sections.indexOf(section) + step; index >= 0 && index < sections.length; index += step) {
    const others = [...(sections[index]?.querySelectorAll<HTMLElement>(".card") ?? [])];
    if (others.length === 0) continue;
    focus(others[Math.min(at, others.length - 1)]);
    return;
  }
}

columns.addEventListener("focusin", ({ target }) => (current = cardOf(target)?.key ?? current));
columns.addEventListener("click", (event) => {
  const card = cardOf(event.target);
  if (card) vscode.postMessage({ type: "open", key: card.key, toSide: event.ctrlKey || event.metaKey });
});
columns.addEventListener("keydown", (event) => {
  const card = cardOf(event.target);
  const from = event.target instanceof Element ? event.target.closest<HTMLElement>(".card") : null;
  if (card === undefined || from === null) return;
  const isMove = event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight");
  if (!isMove && !/^(Enter| |Arrow.*|Home|End)$/.test(event.key)) return;
  // VS Code handles the keys that reach the window, such as Alt with the left arrow key: Go Back.
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Enter" || event.key === " ") {
    vscode.postMessage({ type: "open", key: card.key, toSide: event.shiftKey });
  } else if (isMove) {
    const states = COLUMNS.map(({ state }) => state);
    const next = states[states.indexOf(card.state) + (event.key === "ArrowRight" ? 1 : -1)];
    if (next !== undefined) setState(card, next);
  } else {
    go(from, event.key);
  }
});

columns.addEventListener("dragstart", (event) => {
  dragged = cardOf(event.target);
  cardElement(dragged?.key)?.classList.add("dragged");
  event.dataTransfer?.setData("text/plain", dragged ? `${dragged.id} ${dragged.title}`.trim() : "");
  if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
});
columns.addEventListener("dragover", (event) => {
  const over = columnOf(event.target);
  columns.querySelectorAll(".over").forEach((column) => {
    if (column !== over) column.classList.remove("over");
  });
  if (dragged === undefined || over === null) return;
  event.preventDefault();
  over.classList.add("over");
});
columns.addEventListener("drop", (event) => {
  const over = columnOf(event.target);
  event.preventDefault();
  const target = COLUMNS.find(({ state }) => state === over?.dataset.state)?.state;
  if (dragged !== undefined && target !== undefined) setState(dragged, target);
});
columns.addEventListener("dragend", () => {
  dragged = undefined;
  columns.querySelectorAll(".over, .dragged").forEach((other) => other.classList.remove("over", "dragged"));
});

window.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  if (data.type === "board") {
    const isFirst = columns.childElementCount === 0;
    board = data.board;
    render();
    // A new board can be used with the keyboard at once.
    if (isFirst && document.hasFocus() && document.activeElement === document.body) focus(columns.querySelector<HTMLElement>(".card"));
  } else {
    columns.replaceChildren(node("p", "empty", data.reason));
  }
});
vscode.setState(state);
vscode.postMessage({ type: "ready" });
