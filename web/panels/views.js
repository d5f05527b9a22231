// The views beside the form, one at a time behind a row of tabs (WAI-ARIA tabs, manual focus:
// arrow keys move along the row and open what they reach).

import { byId } from './dom.js';

/** Wires the tabs; each view's panel may have `shown()` and `hidden()`. */
export function mainViews(panels) {
  const tabs = [...byId('view-tabs').querySelectorAll('[role="tab"]')];
  let current = '';

  function show(name, { focus = false, reveal = false } = {}) {
    if (current !== name) {
      for (const tab of tabs) {
        const isThis = tab.dataset.view === name;
        tab.setAttribute('aria-selected', String(isThis));
        tab.tabIndex = isThis ? 0 : -1;
        byId(tab.getAttribute('aria-controls')).hidden = !isThis;
        if (isThis) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      }
      panels[current]?.hidden?.();
      current = name;
      panels[name]?.shown?.();
    }
    if (focus) tabs.find((tab) => tab.dataset.view === name)?.focus();
    // On a phone the views are below the forms.
    if (reveal) byId('view-tabs').scrollIntoView({ block: 'start' });
  }

  for (const tab of tabs) tab.addEventListener('click', () => show(tab.dataset.view));
  byId('view-tabs').addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(tabs[(to + tabs.length) % tabs.length].dataset.view, { focus: true });
  });

  return {
    show,
    start() {
      show('feed');
    },
    stop() {
      panels[current]?.hidden?.();
      current = '';
    },
  };
}
