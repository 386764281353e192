// The source panel, copy buttons and scrolling. Asks this server alone; works on the plain pages too.
"use strict";
(() => {
  const MESSAGE_MS = 1600;
  const SETTLE_MS = 1000;
  let panel = null;
  let opener = null;

  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  function makePanel() {
    const close = element("button", { type: "button", className: "close", textContent: "Close" });
    close.setAttribute("aria-label", "Close the source");
    close.addEventListener("click", closePanel);
    const body = element("div", { className: "panel-body" });
    body.setAttribute("aria-live", "polite");
    const bar = element("div", { className: "bar" }, element("span", { textContent: "Source" }), close);
    panel = element("aside", { id: "viewer", hidden: true }, bar, body);
    panel.setAttribute("aria-label", "Source");
    panel.setAttribute("role", "dialog");
    document.body.append(panel);
  }

  async function openPanel(link) {
    if (!panel) makePanel();
    opener = link;
    const body = panel.querySelector(".panel-body");
    let main = null;
    try {
      const response = await fetch(link.href, { headers: { Accept: "text/html" } });
      main = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main");
    } catch {
      main = null;
    }
    if (!main) main = element("p", { textContent: "The source cannot be read now. Is the server still running?" });
    body.replaceChildren(document.importNode(main, true));
    panel.dataset.address = link.href;
    panel.hidden = false;
    document.body.classList.add("viewer-open");
    showCurrent(link.dataset.mark);
    readyCopyLink(body, link.href);
    const target = body.querySelector("#quote") || body.querySelector("h1");
    if (target) {
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "center" });
    }
  }

  function closePanel() {
    if (!panel || panel.hidden) return;
    panel.hidden = true;
    document.body.classList.remove("viewer-open");
    showCurrent(null);
    const same = opener?.dataset.mark && document.querySelector(`[data-mark="${CSS.escape(opener.dataset.mark)}"]`);
    ((opener?.isConnected ? opener : same) || document.querySelector("#question textarea"))?.focus();
  }

  function showCurrent(mark) {
    for (const link of document.querySelectorAll("[data-mark]")) {
      link.toggleAttribute("data-current", Boolean(mark) && link.dataset.mark === mark);
    }
  }

  function readyCopyLink(root, address) {
    for (const button of root.querySelectorAll("[data-copy-link]")) {
      button.hidden = false;
      button.dataset.copy = address;
    }
  }

  async function copy(button) {
    const label = button.dataset.label || (button.dataset.label = button.textContent);
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying is not allowed here";
    }
    setTimeout(() => (button.textContent = label), MESSAGE_MS);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) return void copy(button);
    const inside = event.target.closest("#viewer a[href^='#']");
    if (inside) {
      event.preventDefault();
      panel.querySelector(`[id="${CSS.escape(inside.getAttribute("href").slice(1))}"]`)?.scrollIntoView();
      return;
    }
    const link = event.target.closest("a[data-source]");
    if (link && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      openPanel(link);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closePanel();
  });

  // A new question goes to the top of the view, so that its answer is read from its beginning; it is
  // held there while the page around it settles, unless the reader scrolls.
  let shown = "";
  let heldUntil = 0;
  function follow(live) {
    const exchange = live.querySelector(".exchange");
    live.setAttribute("aria-busy", String(Boolean(exchange?.dataset.busy)));
    const number = exchange?.dataset.exchange || "";
    if (number && number !== shown) heldUntil = performance.now() + SETTLE_MS;
    shown = number;
    if (!exchange || performance.now() > heldUntil) return;
    if (number === "1") scrollTo(0, 0);
    else exchange.scrollIntoView({ block: "start" });
  }
  const letGo = () => (heldUntil = 0);
  addEventListener("wheel", letGo, { passive: true });
  addEventListener("touchmove", letGo, { passive: true });

  function ready() {
    const live = document.querySelector("#live");
    if (!live || live.dataset.ready) return;
    live.dataset.ready = "true";
    live.setAttribute("aria-live", "polite");
    live.setAttribute("role", "log");
    live.setAttribute("aria-label", "Answer");
    document.querySelector("#question textarea")?.setAttribute("aria-label", "Your question");
    document.querySelector("#question button")?.setAttribute("aria-label", "Send");
    new MutationObserver(() => follow(live)).observe(live, { childList: true, subtree: true });
    new ResizeObserver(() => follow(live)).observe(live.parentElement);
  }

  readyCopyLink(document, location.href);
  new MutationObserver(ready).observe(document.documentElement, { childList: true, subtree: true });
  ready();
})();
