// Script of the page of a diagram: zooming, and opening the task of a box or bar.

import { element, pageState, vscode } from "./api";

/** Smallest scale of a diagram that fits to the width: its text has 13 px and stays readable. */
const MIN_FIT = 0.7;
const MIN_SCALE = 0.2;
const MAX_SCALE = 4;
const STEP = 1.2;

interface State {
  /** `undefined` while the diagram fits to the width. */
  scale?: number;
  left?: number;
  top?: number;
}

type Message =
  | { type: "diagram"; svg: string; onlyPhases: boolean; isReduced: boolean }
  | { type: "error"; reason: string }
  | { type: "select"; line: number }
  | { type: "toggleFit" | "zoomIn" | "zoomOut" };

const state: State = pageState();
const main = element("diagram");
let isFirst = true;
let size = { width: 0, height: 0 };

const buttons = { fit: element("fit"), phases: element("phases") };
buttons.fit.addEventListener("click", () => fit(state.scale !== undefined));
element("in").addEventListener("click", () => zoom(scale() * STEP));
element("out").addEventListener("click", () => zoom(scale() / STEP));
buttons.phases.addEventListener("click", togglePhases);

function svg(): SVGSVGElement | null {
  return main.querySelector("svg");
}

function fitScale(): number {
  const width = main.clientWidth - 24;
  return size.width === 0 ? 1 : Math.min(1, Math.max(MIN_FIT, width / size.width));
}

function scale(): number {
  return state.scale ?? fitScale();
}

function fit(fits: boolean): void {
  if (fits) delete state.scale;
  else state.scale = 1;
  apply();
}

/** Zooms to a scale and keeps the point at a position of the page in place, by default the center. */
function zoom(wanted: number, at = { x: main.clientWidth / 2, y: main.clientHeight / 2 }): void {
  const before = scale();
  const after = Math.min(MAX_SCALE, Math.max(MIN_SCALE, wanted));
  const [x, y] = [(main.scrollLeft + at.x) / before, (main.scrollTop + at.y) / before];
  state.scale = after;
  apply();
  main.scrollTo(x * after - at.x, y * after - at.y);
}

function apply(): void {
  const image = svg();
  const factor = scale();
  image?.setAttribute("width", String(size.width * factor));
  image?.setAttribute("height", String(size.height * factor));
  element("scale").textContent = image === null ? "" : `${Math.round(factor * 100)}%`;
  buttons.fit.setAttribute("aria-pressed", String(state.scale === undefined));
  save();
}

function save(): void {
  Object.assign(state, { left: main.scrollLeft, top: main.scrollTop });
  vscode.setState(state);
}

function togglePhases(): void {
  const value = buttons.phases.getAttribute("aria-pressed") !== "true";
  vscode.postMessage({ type: "onlyPhases", value });
}

function show(text: string, onlyPhases: boolean, isReduced: boolean): void {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement as unknown as SVGSVGElement;
  // The content security policy does not allow the diagram's own style element.
  const sheet = new CSSStyleSheet();
  parsed.querySelectorAll("style").forEach((style) => {
    sheet.insertRule(`@layer diagram { ${style.textContent} }`);
    style.remove();
  });
  document.adoptedStyleSheets = [sheet];
  const { width, height } = parsed.viewBox.baseVal;
  size = { width, height };
  parsed.setAttribute("role", "group");
  parsed.querySelectorAll<SVGGElement>("[data-line]").forEach((box) => {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "link");
    // The name is the visible text, which voice control needs. The description has the whole text, which a box can cut.
    const texts = [...box.querySelectorAll("text")];
    const title = box.querySelector("title")?.textContent ?? "";
    box.setAttribute("aria-label", texts.map((text) => text.textContent).join(" ") || title);
    box.setAttribute("aria-description", title);
    texts.forEach((text) => {
      text.setAttribute("aria-hidden", "true");
      text.after(" ");
    });
  });
  const [left, top] = [main.scrollLeft, main.scrollTop];
  main.replaceChildren(document.importNode(parsed, true));
  buttons.phases.setAttribute("aria-pressed", String(onlyPhases));
  element("note").textContent = isReduced ? "Too many tasks to draw: showing phases" : "";
  apply();
  if (isFirst) scrollToStart();
  else main.scrollTo(left, top);
  isFirst = false;
}

/** Scrolls to the position of the last session, or so that the line of today is visible. */
function scrollToStart(): void {
  if (state.left !== undefined && state.top !== undefined && (state.left > 0 || state.top > 0)) {
    main.scrollTo(state.left, state.top);
    return;
  }
  const today = svg()?.querySelector(".today");
  const box = today?.getBoundingClientRect();
  const view = main.getBoundingClientRect();
  if (box !== undefined && (box.left > view.right - 40 || box.left < view.left)) main.scrollTo(box.left - view.left - view.width / 2, 0);
}

/** Marks the innermost box of the task at a line, and scrolls it into view. */
function select(line: number): void {
  main.querySelectorAll(".selected").forEach((box) => box.classList.remove("selected"));
  const box = main.querySelector(`[data-line="${line}"]:not(.phase)`);
  if (box === null) return;
  box.classList.add("selected");
  box.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function open(target: EventTarget | null, toSide: boolean): boolean {
  const line = target instanceof Element ? target.closest("[data-line]")?.getAttribute("data-line") : undefined;
  if (!line) return false;
  vscode.postMessage({ type: "open", line: Number(line), toSide });
  return true;
}

main.tabIndex = 0;
main.addEventListener("click", (event) => open(event.target, event.ctrlKey || event.metaKey));
main.addEventListener("scroll", save, { passive: true });
main.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const view = main.getBoundingClientRect();
    zoom(scale() * Math.exp(-event.deltaY / 300), { x: event.clientX - view.left, y: event.clientY - view.top });
  },
  { passive: false },
);
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLButtonElement) return;
  if (event.key === "Enter" && open(event.target, event.shiftKey)) return;
  if (event.key === "+" || event.key === "=") zoom(scale() * STEP);
  else if (event.key === "-") zoom(scale() / STEP);
  else if (event.key === "0") fit(true);
  else if (event.key === "1") fit(false);
  else if (event.key === "p") togglePhases();
});
window.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  switch (data.type) {
    case "diagram":
      show(data.svg, data.onlyPhases, data.isReduced);
      break;
    case "error": {
      const message = document.createElement("p");
      message.className = "message";
      message.textContent = data.reason;
      main.replaceChildren(message);
      size = { width: 0, height: 0 };
      apply();
      break;
    }
    case "select":
      select(data.line);
      break;
    case "toggleFit":
      fit(state.scale !== undefined);
      break;
    case "zoomIn":
      zoom(scale() * STEP);
      break;
    case "zoomOut":
      zoom(scale() / STEP);
      break;
  }
});
new ResizeObserver(() => {
  apply();
  vscode.postMessage({ type: "size", width: main.clientWidth - 24 });
}).observe(main);
