// The fields of the guided forms: each is a label, a control, a place for what is wrong with it,
// and three ways to be asked: read (with what is wrong), peek (as it stands) and refresh (new
// choices and defaults; what a person has entered stays).

import { element } from './dom.js';

const LINES_MAX = 50;

/** Makes one field of a step's form. */
export function makeField(step, field, { onGo }) {
  const id = `${step.key}-${field.name}`;
  const errorId = `${id}-error`;
  const control = (CONTROLS[field.type] ?? textControl)(field, id, { errorId, onGo });
  const isGroup = control.isGroup ?? false;
  const node = element(isGroup ? 'fieldset' : 'div', 'field');
  if (field.wide) node.classList.add('wide');
  node.dataset.field = field.name;
  const label = element(isGroup ? 'legend' : 'label', '', field.label);
  if (!isGroup) label.setAttribute('for', id);
  const error = element('p', 'field-error');
  error.id = errorId;
  node.append(label, ...control.nodes, error);
  return {
    field,
    node,
    read: control.read,
    peek: control.peek ?? (() => control.input.value),
    refresh: control.refresh,
    reset: control.reset,
    showError(text) {
      error.textContent = text;
      if (text) control.input.setAttribute('aria-invalid', 'true');
      else node.querySelectorAll('[aria-invalid]').forEach(clearInvalid);
      const details = text ? node.closest('details') : null;
      if (details) details.open = true;
      return control.input;
    },
  };
}

function clearInvalid(input) {
  input.removeAttribute('aria-invalid');
}

const CONTROLS = {
  record: recordControl,
  choice: choiceControl,
  flag: choiceControl,
  json: textControl,
  lines: linesControl,
  rating: ratingControl,
};

function makeInput(tag, id, name, errorId) {
  const input = element(tag);
  input.id = id;
  input.name = name;
  input.setAttribute('aria-describedby', errorId);
  return input;
}

function textControl(field, id, { errorId }) {
  const input = makeInput(field.type === 'json' ? 'textarea' : 'input', id, field.name, errorId);
  if (field.type === 'json') {
    input.rows = 2;
    input.spellcheck = false;
    input.classList.add('code');
  } else {
    input.autocomplete = 'off';
    if (field.type === 'date') input.type = 'date';
    if (field.type === 'money') input.inputMode = 'decimal';
    if (field.type === 'number') {
      Object.assign(input, { type: 'number', min: field.min, max: field.max, step: field.step });
    }
  }
  if (field.required) input.required = true;
  if (field.placeholder) input.placeholder = field.placeholder;
  const nodes = [input];
  if (field.list) {
    const list = element('datalist');
    list.id = `${id}-list`;
    list.append(...field.list.map((value) => option(value, value)));
    input.setAttribute('list', list.id);
    nodes.push(list);
  }
  let isTouched = false;
  input.addEventListener('input', () => {
    isTouched = true;
  });
  return {
    input,
    nodes,
    read: () => readText(field, input.value.trim()),
    refresh(records, journey, form) {
      if (isTouched || !field.value) return;
      const value = field.value(journey, form, records) ?? '';
      if (input.value !== value) input.value = value;
    },
    reset() {
      isTouched = false;
      input.value = '';
    },
  };
}

/** The value to send, or what is wrong with the text. */
function readText(field, text) {
  if (!text) return field.required ? { error: `${field.label} is needed.` } : {};
  switch (field.type) {
    case 'json':
      try {
        return { value: JSON.parse(text) };
      } catch {
        return { error: 'That is not JSON.' };
      }
    case 'words': {
      const list = text.split(',').map((word) => word.trim()).filter(Boolean);
      return list.length > 0 ? { value: list } : {};
    }
    case 'number':
      return Number.isFinite(Number(text)) ? { value: Number(text) } : { error: 'Give a number.' };
    case 'money':
      return { value: text.replace(/[\s,]/g, '') };
    default:
      return { value: text };
  }
}

function option(value, text) {
  const made = element('option', '', text);
  made.value = value;
  return made;
}

/** A select of records, the journey's own chosen; without any, the way to make one. */
function recordControl(field, id, { errorId, onGo }) {
  const input = makeInput('select', id, field.name, errorId);
  input.required = true;
  const [key, text] = field.empty;
  const missing = element('p', 'missing', `${text}. `);
  const go = element('button', 'link', `Make one in step ${key}`);
  go.type = 'button';
  go.addEventListener('click', () => onGo(key));
  missing.append(go);
  missing.hidden = true;
  let isTouched = false;
  let shown = '';
  input.addEventListener('change', () => {
    isTouched = true;
  });
  return {
    input,
    nodes: [input, missing],
    read: () => (input.value ? { value: input.value } : { error: `${text}.` }),
    refresh(records, journey) {
      const options = field.options(records, journey);
      const text = JSON.stringify(options);
      if (text === shown) return;
      shown = text;
      const chosen = isTouched ? input.value : '';
      input.replaceChildren(...grouped(options));
      input.value = options.some(([value]) => value === chosen) ? chosen : options[0]?.[0] ?? '';
      input.hidden = options.length === 0;
      missing.hidden = options.length > 0;
    },
    reset() {
      isTouched = false;
      shown = '';
    },
  };
}

/** Options as they are, or under their group's name where they have one. */
function grouped(options) {
  const groups = new Map();
  const nodes = [];
  for (const [value, text, isOwn, group] of options) {
    const made = option(value, isOwn ? `${text} (this journey)` : text);
    if (!group) {
      nodes.push(made);
      continue;
    }
    if (!groups.has(group)) {
      const box = element('optgroup');
      box.label = group;
      groups.set(group, box);
      nodes.push(box);
    }
    groups.get(group).append(made);
  }
  return nodes;
}

function choiceControl(field, id, { errorId }) {
  const input = makeInput('select', id, field.name, errorId);
  input.append(...field.options().map(([value, text]) => option(value, text)));
  let isTouched = false;
  input.addEventListener('change', () => {
    isTouched = true;
  });
  return {
    input,
    nodes: [input],
    read() {
      if (field.type === 'flag') return input.value ? { value: input.value === 'true' } : {};
      return { value: input.value };
    },
    refresh(records, journey, form) {
      const value = field.value?.(journey, form, records);
      if (!isTouched && value) input.value = value;
    },
    reset() {
      isTouched = false;
      input.selectedIndex = 0;
    },
  };
}

/** Lines of an order: at least one, with the sum below. */
function linesControl(field, id, { errorId }) {
  const box = element('div', 'lines');
  const sum = element('output', 'lines-sum');
  sum.id = `${id}-sum`;
  const add = element('button', 'button small', 'Add line');
  add.id = `${id}-add`;
  add.type = 'button';
  const result = { input: null, isGroup: true };

  function addLine() {
    const number = box.childElementCount + 1;
    const row = element('div', 'line');
    for (const [name, label, value] of [
      ['sku', 'Article', ''], ['quantity', 'Quantity', '1'], ['unit_price', 'Unit price', ''],
    ]) {
      const input = makeInput('input', `${id}-${number}-${name}`, '', errorId);
      input.dataset.part = name;
      input.autocomplete = 'off';
      input.placeholder = label;
      input.value = value;
      if (name !== 'sku') input.inputMode = name === 'quantity' ? 'numeric' : 'decimal';
      input.setAttribute('aria-label', `${label}, line ${number}`);
      row.append(input);
    }
    const remove = element('button', 'button quiet icon', '×');
    remove.type = 'button';
    remove.setAttribute('aria-label', `Remove line ${number}`);
    remove.addEventListener('click', () => {
      row.remove();
      if (box.childElementCount === 0) addLine();
      box.lastElementChild.querySelector('input').focus();
      add.disabled = false;
      showSum();
    });
    row.append(remove);
    box.append(row);
    result.input = box.querySelector('input');
    add.disabled = box.childElementCount >= LINES_MAX;
  }

  const texts = () => [...box.children].map((row) => Object.fromEntries(
    [...row.querySelectorAll('input')].map((input) => [input.dataset.part, input.value.trim()]),
  ));

  /** Only for show: in whole ten-thousandths, as the hub counts. */
  function showSum() {
    const total = texts().reduce((sum, { quantity, unit_price: price }) => {
      const unit = Math.round(Number(price.replace(/[\s,]/g, '')) * 10_000);
      return sum + (Number(quantity) || 0) * (unit || 0);
    }, 0);
    sum.textContent = total ? `Total ${(total / 10_000).toFixed(2)}` : '';
  }

  add.addEventListener('click', () => {
    addLine();
    box.lastElementChild.querySelector('input').focus();
  });
  box.addEventListener('input', showSum);
  addLine();
  return Object.assign(result, {
    nodes: [box, element('div', 'lines-end', add, sum)],
    peek: () => '',
    read() {
      const filled = texts().filter(({ sku, unit_price: price }) => sku || price);
      if (filled.length === 0) return { error: 'An order needs a line.' };
      const isWhole = filled.every(({ sku, quantity, unit_price: price }) =>
        sku && price && /^[1-9][0-9]*$/.test(quantity));
      if (!isWhole) return { error: 'Each line needs an article, a whole quantity and a price.' };
      return {
        value: filled.map(({ sku, quantity, unit_price: price }) => ({
          sku, quantity: Number(quantity), unit_price: price.replace(/[\s,]/g, ''),
        })),
      };
    },
    refresh() {},
    reset() {
      box.replaceChildren();
      addLine();
      showSum();
    },
  });
}

/** One to five; none is an answer too. */
function ratingControl(field, id) {
  const box = element('div', 'rating');
  const inputs = [1, 2, 3, 4, 5].map((number) => {
    const input = element('input');
    Object.assign(input, { type: 'radio', name: field.name, value: String(number) });
    input.id = `${id}-${number}`;
    const label = element('label', '', String(number));
    label.setAttribute('for', input.id);
    box.append(element('span', 'rating-choice', input, label));
    return input;
  });
  const chosen = () => inputs.find((input) => input.checked)?.value;
  return {
    input: inputs[0],
    isGroup: true,
    nodes: [box],
    peek: chosen,
    read: () => (chosen() ? { value: Number(chosen()) } : {}),
    refresh() {},
    reset() {
      for (const input of inputs) input.checked = false;
    },
  };
}
