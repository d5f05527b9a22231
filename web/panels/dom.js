// The few DOM helpers that the panels share.

/** The element with this id; a missing one is a bug of ours and says so. */
export function byId(/** @type {string} */ id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return /** @type {any} */ (element);
}

/** A fresh copy of a `<template>`'s one element, and a way to reach into it. */
export function fromTemplate(/** @type {string} */ id) {
  const template = /** @type {HTMLTemplateElement} */ (byId(id));
  const row = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  const part = (/** @type {string} */ selector) => {
    const found = row.querySelector(selector);
    if (!found) throw new Error(`#${id} has no ${selector}`);
    return /** @type {any} */ (found);
  };
  return { row, part };
}

/** An element with text, for the rare ones that no template holds. */
export function element(
  /** @type {string} */ tag,
  /** @type {string} */ className = '',
  /** @type {(Node | string)[]} */ ...children
) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/**
 * Makes a list show `items`, in their order, replacing only the rows whose `stamp` has changed.
 * What a person is doing survives: an open row stays open, and the focus stays where it was.
 */
export function keepRows(
  /** @type {HTMLElement} */ list,
  /** @type {any[]} */ items,
  /** @type {{ id: (item: any) => string, stamp: (item: any) => unknown,
   *   make: (item: any) => HTMLElement }} */ { id, stamp, make },
) {
  const rows = new Map();
  for (const row of /** @type {HTMLElement[]} */ ([...list.children])) {
    rows.set(row.dataset.id, row);
  }
  const isFirst = rows.size === 0;
  const wanted = new Set(items.map(id));
  for (const [key, row] of rows) if (!wanted.has(key)) row.remove();
  items.forEach((item, index) => {
    const key = id(item);
    const mark = String(stamp(item));
    const old = rows.get(key);
    let row = old;
    if (old?.dataset.stamp !== mark) {
      row = make(item);
      row.dataset.id = key;
      row.dataset.stamp = mark;
      if (old) carryOver(old, row);
      else if (!isFirst) row.classList.add('fresh');
    }
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
}

function carryOver(/** @type {HTMLElement} */ old, /** @type {HTMLElement} */ row) {
  const [before, after] = [old, row].map((one) => one.querySelector('details'));
  if (before?.open && after) after.open = true;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(row);
  if (!focused) return;
  const name = /** @type {HTMLElement} */ (focused).dataset.act;
  const target = (name && row.querySelector(`[data-act="${name}"]`))
    || row.querySelector('summary, button');
  /** @type {HTMLElement | null} */ (target)?.focus();
}

/** A button that names what it does in `data-act`, so that a redrawn row can find it again. */
export function actButton(
  /** @type {string} */ act,
  /** @type {string} */ text,
  /** @type {() => void} */ onClick,
  className = 'button small',
) {
  const button = /** @type {HTMLButtonElement} */ (element('button', className, text));
  button.type = 'button';
  button.dataset.act = act;
  button.addEventListener('click', onClick);
  return button;
}

/** Shows or hides the line that says what went wrong with a panel. */
export function showProblem(/** @type {HTMLElement} */ line, /** @type {any} */ problem) {
  line.hidden = !problem;
  line.dataset.code = problem?.code ?? '';
  line.textContent = problem ? `${problem.title}. ${problem.detail}`.trim() : '';
}
