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
