// Additions to mdBook's pages for the site of the documentation, so that the keyboard reaches everything.
"use strict";

// mdBook's button of the sidebar is a label, which has no role and no focus.
const toggle = document.getElementById("mdbook-sidebar-toggle");
if (toggle !== null) {
  toggle.setAttribute("role", "button");
  toggle.tabIndex = 0;
  toggle.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      toggle.click();
    }
  });
}

/** Makes code and tables that scroll reachable for the keyboard. */
function updateScrollable() {
  for (const element of document.querySelectorAll("main pre > code, main .table-wrapper")) {
    if (element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight) {
      element.tabIndex = 0;
    } else {
      element.removeAttribute("tabindex");
    }
  }
}
updateScrollable();
window.addEventListener("load", updateScrollable);
window.addEventListener("resize", updateScrollable);
