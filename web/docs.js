// @ts-check
// The documentation: everything on the page is made of /openapi.json and /asyncapi.json, which the
// hub makes of the tables that it runs on.

import { element } from './panels/dom.js';
import { describeSchema, schemaFields } from './docs-schema.js';

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];

const content = /** @type {HTMLElement} */ (document.getElementById('content'));
const contents = /** @type {HTMLElement} */ (document.getElementById('contents'));
const state = /** @type {HTMLElement} */ (document.getElementById('state'));
const search = /** @type {HTMLInputElement} */ (document.getElementById('search'));
const found = /** @type {HTMLElement} */ (document.getElementById('found'));

/** A link. */
function link(/** @type {string} */ href, /** @type {(Node | string)[]} */ ...children) {
  const made = /** @type {HTMLAnchorElement} */ (element('a', '', ...children));
  made.href = href;
  return made;
}

/** JSON as it is read. */
function example(/** @type {any} */ value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return element('pre', '', element('code', '', text));
}

/** What an entry is found by. */
const words = new WeakMap();

/** An entry, found by its id and the words of what it is made of. Its body is made as it opens. */
function entry(
  /** @type {string} */ id,
  /** @type {(Node | string)[]} */ summary,
  /** @type {any} */ source,
  /** @type {() => (Node | string)[]} */ makeBody,
) {
  const made = /** @type {HTMLDetailsElement} */ (element('details', 'entry'));
  made.id = id;
  made.append(element('summary', '', ...summary));
  words.set(made, `${made.textContent} ${JSON.stringify(source)}`.toLowerCase());
  made.addEventListener('toggle', () => {
    if (made.open && made.childElementCount === 1) {
      made.append(element('div', 'entry-body', ...makeBody()));
    }
  });
  return made;
}

/** A section of entries with its part of the contents. */
function section(
  /** @type {string} */ title,
  /** @type {string} */ text,
  /** @type {{ entry: HTMLElement, label: string }[]} */ entries,
) {
  const made = element('section');
  const id = `section-${title.toLowerCase().replaceAll(' ', '-')}`;
  const heading = element('h2', '', title);
  heading.id = id;
  made.setAttribute('aria-labelledby', id);
  made.append(heading, element('p', 'muted', text), ...entries.map(({ entry }) => entry));
  content.append(made);
  const list = element('ul');
  for (const { entry, label } of entries) {
    const item = element('li', '', link(`#${entry.id}`, label));
    item.dataset.of = entry.id;
    list.append(item);
  }
  const part = element('div', '', element('p', 'nav-heading', link(`#${id}`, title)), list);
  contents.append(part);
}

/** Fields with what they take. */
function definitions(/** @type {[Node[], Node[]][]} */ rows) {
  const list = element('dl', 'fields');
  for (const [name, text] of rows) {
    list.append(element('dt', '', ...name), element('dd', '', ...text));
  }
  return list;
}

function parameters(/** @type {any} */ document, /** @type {any[]} */ list) {
  return definitions(list.map((one) => [
    [element('code', '', one.name), ` in ${one.in} `,
      ...(one.required ? [element('span', 'must', 'required')] : [])].map(node),
    [describeSchema(document, one.schema), one.description ? ` ${one.description}` : '']
      .map(node),
  ]));
}

function node(/** @type {Node | string} */ part) {
  return typeof part === 'string' ? document.createTextNode(part) : part;
}

/** What an operation can answer. */
function responses(/** @type {any} */ openapi, /** @type {any} */ operation) {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const problem = response.content?.['application/problem+json'];
    const codes = problem?.schema.properties?.code.enum ?? [];
    const text = codes.length > 0
      ? codes.flatMap((/** @type {string} */ code, /** @type {number} */ index) =>
        [index > 0 ? ', ' : '', link(`#problem-${code}`, code)])
      : [response.description];
    const headers = Object.keys(response.headers ?? {});
    if (headers.length > 0) text.push(` – headers: ${headers.join(', ')}`);
    const parts = text.map(node);
    if (!problem) {
      for (const [type, media] of Object.entries(response.content ?? {})) {
        parts.push(element('p', '', element('code', '', type)));
        parts.push(schemaFields(openapi, media.schema), example(media.example));
      }
    }
    return /** @type {[Node[], Node[]]} */ ([[element('code', '', status)], parts]);
  });
  return definitions(rows);
}

function operationEntry(
  /** @type {any} */ openapi,
  /** @type {string} */ path,
  /** @type {string} */ method,
) {
  const operation = openapi.paths[path][method];
  const verb = element('span', 'method', method);
  verb.dataset.method = method;
  const made = entry(
    operation.operationId, [verb, element('code', '', path), operation.summary],
    [path, operation.operationId, operation.parameters, operation.requestBody,
      operation['x-permission']],
    () => operationBody(openapi, path, operation));
  return { entry: made, label: operation.summary, tag: operation.tags[0] };
}

function operationBody(
  /** @type {any} */ openapi,
  /** @type {string} */ path,
  /** @type {any} */ operation,
) {
  const body = [];
  const roles = operation['x-roles'];
  body.push(element('p', 'muted', operation.security.length === 0
    ? 'Open to everybody.'
    : `Needs ${operation['x-permission']}: ${roles.join(', ')}.`));
  const list = [...(openapi.paths[path].parameters ?? []), ...(operation.parameters ?? [])];
  if (list.length > 0) body.push(element('h3', '', 'Parameters'), parameters(openapi, list));
  if (operation.requestBody) {
    const types = Object.entries(operation.requestBody.content);
    body.push(element('h3', '', 'Body'));
    body.push(element('p', 'muted', types.map(([type]) => type).join(', ')));
    body.push(schemaFields(openapi, types[0][1].schema), example(types[0][1].example));
  }
  body.push(element('h3', '', 'Answers'), responses(openapi, operation));
  return body;
}

function problemEntry(/** @type {any} */ problem) {
  return {
    label: problem.code,
    entry: entry(
      `problem-${problem.code}`,
      [element('span', 'method', String(problem.status)), element('code', '', problem.code),
        problem.title],
      problem,
      () => [element('p', '', problem.advice),
        element('p', 'muted', `For example: ${problem.detail}`),
        element('p', '', 'Type: ', element('code', '', problem.type))]),
  };
}

function messageEntry(/** @type {any} */ asyncapi, /** @type {any} */ message) {
  return {
    label: message.name,
    entry: entry(
      `message-${message.name}`, [element('code', '', message.name), message.title],
      message.examples,
      () => [schemaFields(asyncapi, message.payload), example(message.examples[0].payload)]),
  };
}

/** Opens and shows what the address names: a place on the page, or a problem's own page. */
function showNamed() {
  const code = location.pathname.match(/^\/problems\/([a-z0-9_]+)$/)?.[1];
  const id = decodeURIComponent(location.hash.slice(1)) || (code ? `problem-${code}` : '');
  const target = id ? document.getElementById(id) : null;
  if (!target) return;
  if (target instanceof HTMLDetailsElement) {
    target.hidden = false;
    target.open = true;
    target.querySelector('summary')?.focus({ preventScroll: true });
  }
  target.scrollIntoView();
}

/** Leaves what has the words somewhere. */
function filter() {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of /** @type {NodeListOf<HTMLDetailsElement>} */ (
    content.querySelectorAll('.entry'))) {
    const text = words.get(one) ?? '';
    one.hidden = !wanted.every((word) => text.includes(word));
    if (!one.hidden) count += 1;
    const item = contents.querySelector(`[data-of="${CSS.escape(one.id)}"]`);
    if (item) /** @type {HTMLElement} */ (item).hidden = one.hidden;
  }
  found.textContent = wanted.length > 0 ? `${count} found` : '';
}

async function read(/** @type {string} */ path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function start() {
  const [openapi, asyncapi] = await Promise.all([read('/openapi.json'), read('/asyncapi.json')]);
  const version = document.getElementById('version');
  if (version) version.textContent = `version ${openapi.info.version}`;
  state.remove();
  content.append(element('p', '', openapi.info.description), element(
    'p', '', 'For programs: ', link('/openapi.json', 'OpenAPI 3.1'), ', ',
    link('/asyncapi.json', 'AsyncAPI 3.0'), '.'));
  const operations = Object.keys(openapi.paths).flatMap((path) =>
    METHODS.filter((method) => openapi.paths[path][method])
      .map((method) => operationEntry(openapi, path, method)));
  for (const tag of openapi.tags) {
    section(tag.name, tag.description, operations.filter((one) => one.tag === tag.name));
  }
  section(
    'Messages of streams', asyncapi.info.description,
    Object.values(asyncapi.components.messages).map((one) => messageEntry(asyncapi, one)));
  section(
    'Problems', 'What can go wrong, by its code, and what to do about it.',
    openapi['x-problems'].map(problemEntry));
  search.addEventListener('input', filter);
  addEventListener('hashchange', showNamed);
  document.body.dataset.state = 'ready';
  showNamed();
}

addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target === search) return;
  event.preventDefault();
  search.focus();
});

start().catch((/** @type {Error} */ error) => {
  state.textContent = `The documentation could not be loaded: ${error.message}`;
});
