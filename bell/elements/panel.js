// The panel of the bell: beside the bell, or on the whole screen if the screen is small.

/** From this width on, the panel is beside the bell. */
const WIDE = "(min-width: 30rem)";

/** Opens, places and closes a dialog. */
export class Panel {
  /** @type {HTMLDialogElement} */
  #dialog;
  #button;
  #isOpen = false;
  #toggled;
  #wide = matchMedia(WIDE);
  /** @type {AbortController | null} */
  #opened = null;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLButtonElement} button
   * @param {(isOpen: boolean) => void} toggled
   */
  constructor(dialog, button, toggled) {
    this.#dialog = dialog;
    this.#button = button;
    this.#toggled = toggled;
    // So a click at the bell does not first close the panel, and then open it again.
    button.popoverTargetElement = dialog;
    for (const name of ["toggle", "close"]) dialog.addEventListener(name, () => this.#settle());
  }

  get isOpen() {
    return this.#isOpen;
  }

  show() {
    if (this.#isOpen || !this.#dialog.isConnected) return;
    this.#display();
    this.#opened = new AbortController();
    const { signal } = this.#opened;
    this.#wide.addEventListener("change", () => this.#display(), { signal });
    for (const name of ["resize", "scroll"]) window.addEventListener(name, () => this.#place(), { signal, capture: true });
    // Not every browser closes a popover by a press outside of it.
    document.addEventListener("pointerdown", (event) => {
      const isInside = event.composedPath().some((node) => node === this.#dialog || node === this.#button);
      if (!isInside && this.#dialog.popover) this.hide();
    }, { signal, capture: true });
    this.#settle();
  }

  hide() {
    this.#conceal();
    this.#settle();
  }

  /** Closes a panel that is beside the bell. */
  leave() {
    if (this.#dialog.popover) this.hide();
  }

  #display() {
    this.#conceal();
    if (this.#wide.matches) {
      this.#dialog.popover = "auto";
      this.#dialog.showPopover();
      this.#place();
    } else {
      this.#dialog.removeAttribute("popover");
      this.#dialog.removeAttribute("style");
      this.#dialog.showModal();
    }
  }

  #conceal() {
    if (this.#dialog.popover && this.#dialog.matches(":popover-open")) this.#dialog.hidePopover();
    this.#dialog.close();
  }

  /** Notices that the panel was opened or closed, also by the browser. */
  #settle() {
    const dialog = this.#dialog;
    const isOpen = dialog.open || (!!dialog.popover && dialog.matches(":popover-open"));
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    if (!isOpen) {
      this.#opened?.abort();
      this.#returnFocus();
    }
    this.#toggled(isOpen);
  }

  /** Gives the focus back to the bell, unless a person has moved it elsewhere. */
  #returnFocus() {
    const { activeElement } = document;
    const root = /** @type {ShadowRoot} */ (this.#button.getRootNode());
    if (!activeElement || activeElement === document.body || root.host.contains(activeElement)) this.#button.focus({ preventScroll: true });
  }

  /** Places the panel at the bell, in browsers that can't do it by CSS. */
  #place() {
    if (CSS.supports("position-area: block-end") || !this.#dialog.popover) return;
    const { style, offsetWidth, offsetHeight } = this.#dialog;
    const { left, right, top, bottom } = this.#button.getBoundingClientRect();
    const isRightToLeft = getComputedStyle(this.#button).direction === "rtl";
    const x = isRightToLeft ? left : right - offsetWidth;
    const y = bottom + offsetHeight > innerHeight && top > offsetHeight ? top - offsetHeight : bottom;
    style.margin = "0";
    style.left = `${Math.max(8, Math.min(x, innerWidth - offsetWidth - 8))}px`;
    style.top = `${y}px`;
  }
}
