#!/usr/bin/env python3
"""usage: ansi.py COLUMNS ROWS [light] <SCREEN >PAGE.html   Converts a terminal screen from `tmux capture-pane -e` to HTML for a screenshot."""
import html
import re
import sys

columns, rows = int(sys.argv[1]), int(sys.argv[2])
FRONT, BACK = ("#24292f", "#ffffff") if "light" in sys.argv[3:] else ("#d4d7d6", "#1d1f21")
BASIC = ["#1d1f21", "#cc6666", "#8fb573", "#d7a65f", "#6f9fd8", "#b294bb", "#6fb3b8", "#c5c8c6"]
BRIGHT = ["#666a70", "#e06c75", "#a7d189", "#ebcb8b", "#8ab4f8", "#c9a7e0", "#8fd6db", "#ffffff"]


def indexed(number):
    """Returns a color of the 256-color palette."""
    if number < 16:
        return (BASIC + BRIGHT)[number]
    if number >= 232:
        return "#" + f"{8 + (number - 232) * 10:02x}" * 3
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{steps[number // place % 6]:02x}" for place in (36, 6, 1))


def apply(style, codes):
    """Applies the codes of a terminal escape sequence to a style."""
    codes = [int(code or 0) for code in codes]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style.clear()
        elif code in (1, 2, 3, 4, 7, 9):
            style[{1: "bold", 2: "dim", 3: "italic", 4: "under", 7: "reverse", 9: "strike"}[code]] = True
        elif code in (22, 23, 24, 27, 29):
            for name in {22: ("bold", "dim"), 23: ("italic",), 24: ("under",), 27: ("reverse",), 29: ("strike",)}[code]:
                style.pop(name, None)
        elif code in (38, 48):
            kind = codes.pop(0)
            color = indexed(codes.pop(0)) if kind == 5 else "#%02x%02x%02x" % (codes.pop(0), codes.pop(0), codes.pop(0))
            style["fg" if code == 38 else "bg"] = color
        elif code == 58:
            del codes[: 2 if codes[:1] == [5] else 4]
        elif code in (39, 49):
            style.pop("fg" if code == 39 else "bg", None)
        elif 30 <= code <= 37 or 40 <= code <= 47:
            style["fg" if code < 40 else "bg"] = BASIC[code % 10]
        elif 90 <= code <= 97 or 100 <= code <= 107:
            style["fg" if code < 100 else "bg"] = BRIGHT[code % 10]


def plain(codes):
    """Returns the codes without sub-parameters. Treats all underline styles alike and drops underline colors."""
    result = []
    for code in codes:
        parts = code.split(":")
        if parts[0] == "4":
            result.append("24" if parts[1:] == ["0"] else "4")
        elif parts[0] in ("38", "48"):
            result.extend(part for part in parts if part)
        elif len(parts) == 1:
            result.append(code)
    return result


def css(style):
    front, back = style.get("fg", FRONT), style.get("bg", BACK)
    if style.get("reverse"):
        front, back = back, front
    parts = [f"color:{front}", f"background:{back}"]
    if style.get("bold"):
        parts.append("font-weight:bold")
    if style.get("italic"):
        parts.append("font-style:italic")
    if style.get("dim"):
        parts.append("opacity:.7")
    if style.get("under"):
        parts.append("text-decoration:underline")
    if style.get("strike"):
        parts.append("text-decoration:line-through")
    return ";".join(parts)


print(f"""<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {BACK} }}
pre {{ margin: 0; padding: 8px 10px; width: {columns}ch; font: 13px/17px "DejaVu Sans Mono", monospace; color: {FRONT} }}
span {{ display: inline-block; height: 17px; vertical-align: top }}
</style><pre>""", end="")
style = {}
for line in sys.stdin.read().split("\n")[:rows]:
    for part in re.split(r"(\x1b\[[0-9;:]*m|\x1b\][^\x1b\x07]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x0e|\x0f)", line):
        if part.startswith("\x1b[") and part.endswith("m"):
            apply(style, plain(part[2:-1].split(";")))
        elif part and not part.startswith("\x1b") and part not in "\x0e\x0f":
            print(f'<span style="{css(style)}">{html.escape(part)}</span>', end="")
    print()
print("</pre>")
