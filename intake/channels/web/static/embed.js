// <ims-intake-chat>: the clinic's chat on any page, in an iframe of the chat's own origin.
//
// The host page's scripts cannot read into the iframe: neither what a patient writes nor the token. All that passes is the
// theme (in) and "there is something new" (out). Attributes: mode="inline" (default) or "button"; accent="#0b6e6e",
// scheme="auto|light|dark", radius="0".."24", font, lang, label (of the button), height (of the inline frame).
(() => {
  const script = document.currentScript ?? document.querySelector('script[src$="/embed.js"]'); // none in a module
  const origin = new URL(script.src).origin;
  const THEME = ["accent", "scheme", "radius", "font"];
  const STYLE = `
    :host { display: block }
    :host([mode="button"]) { display: contents }
    iframe { border: 0; width: 100%; height: var(--ims-height, 640px); color-scheme: normal; background: #fff; border-radius: 12px }
    button { font: 600 1rem system-ui, sans-serif; min-height: 48px; padding: 0 20px; border-radius: 24px; cursor: pointer;
      border: 2px solid #fff; background: var(--ims-accent, #0b5f66); color: #fff; box-shadow: 0 2px 10px #0006 }
    button:focus-visible { outline: 3px solid #000; outline-offset: 2px; box-shadow: 0 0 0 5px #fff }
    .corner { position: fixed; right: 16px; bottom: 16px; z-index: 2147483000; display: flex; flex-direction: column;
      align-items: flex-end; gap: 8px; max-width: calc(100vw - 32px); max-height: calc(100vh - 32px); max-height: calc(100dvh - 32px) }
    .corner iframe { width: min(420px, calc(100vw - 32px)); flex: 0 1 680px; min-height: 0; box-shadow: 0 4px 24px #0008 }
    .corner iframe[hidden] { display: none }
    .new::after { content: " •" }
    [aria-expanded="true"]::before { content: "✕ " }`;

  class ImsIntakeChat extends HTMLElement {
    static observedAttributes = [...THEME, "height"];

    connectedCallback() {
      if (this.frame) return;
      const shadow = this.attachShadow({ mode: "open" });
      try {
        const sheet = new CSSStyleSheet(); // needs no inline style, so it passes a strict policy of the host
        sheet.replaceSync(STYLE);
        shadow.adoptedStyleSheets = [sheet];
      } catch {
        shadow.append(Object.assign(document.createElement("style"), { textContent: STYLE })); // Safari before 16.4
      }
      const label = this.getAttribute("label") || "Chat with us";
      const lang = this.getAttribute("lang");
      this.frame = document.createElement("iframe");
      this.frame.title = label;
      this.frame.allow = "clipboard-write";
      this.frame.referrerPolicy = "no-referrer";
      this.frame.addEventListener("load", () => this.theme());
      const address = `${origin}/${lang ? `?lang=${encodeURIComponent(lang)}` : ""}`;
      addEventListener("message", (event) => {
        if (event.source !== this.frame.contentWindow || event.origin !== origin) return;
        if (event.data?.type === "ims-news" && this.frame.hidden) this.button?.classList.add("new");
      });
      if (this.getAttribute("mode") === "button") this.corner(shadow, label, address);
      else {
        this.frame.src = address;
        shadow.append(this.frame);
      }
      this.attributeChangedCallback("height");
    }

    /** A button in the corner of the window; the chat is loaded when it is first opened. */
    corner(shadow, label, address) {
      const corner = document.createElement("div");
      corner.className = "corner";
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.textContent = label;
      this.frame.hidden = true;
      const toggle = (open) => {
        if (open && !this.frame.src) this.frame.src = address;
        this.frame.hidden = !open;
        this.button.setAttribute("aria-expanded", open);
        this.button.classList.remove("new");
        if (open) this.frame.focus();
      };
      this.button.addEventListener("click", () => toggle(this.frame.hidden));
      corner.addEventListener("keydown", (event) => event.key === "Escape" && (toggle(false), this.button.focus()));
      toggle(false);
      corner.append(this.frame, this.button);
      shadow.append(corner);
    }

    attributeChangedCallback(name) {
      if (!this.frame) return;
      if (name === "height") {
        const height = this.getAttribute("height");
        if (/^\d+(px|vh|dvh|rem|%)$/.test(height)) this.frame.style.setProperty("--ims-height", height);
      } else this.theme();
    }

    /** Send the looks to the iframe, to our own origin only. */
    theme() {
      const theme = {};
      for (const name of THEME) if (this.hasAttribute(name)) theme[name] = this.getAttribute(name);
      if (/^#[0-9a-f]{6}$/i.test(theme.accent)) this.button?.style.setProperty("--ims-accent", theme.accent);
      this.frame.contentWindow?.postMessage({ type: "ims-theme", theme }, origin);
    }
  }
  if (!customElements.get("ims-intake-chat")) customElements.define("ims-intake-chat", ImsIntakeChat);
})();
