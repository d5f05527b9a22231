// @ts-check
// JSON Schemas for people: what a value must be, in a line, and the members of an object.

import { element } from './panels/dom.js';

/** How deep members are shown: deeper ones are in the example. */
const DEPTH_MAX = 4;

/** The schema that a reference names, and its name. */
function resolve(/** @type {any} */ document, /** @type {any} */ schema) {
  const reference = schema?.$ref;
  if (!reference) return { schema: schema ?? {}, name: '' };
  const path = reference.replace(/^#\//, '').split('/');
  let target = document;
  for (const part of path) target = target?.[part];
  return { schema: target ?? {}, name: path[path.length - 1] };
}

/** What a value must be, in a line. */
export function describeSchema(/** @type {any} */ document, /** @type {any} */ given) {
  const { schema, name } = resolve(document, given);
  const parts = [];
  if (schema.anyOf && !schema.type) {
    return schema.anyOf.map((/** @type {any} */ one) => describeSchema(document, one)).join(' or ');
  }
  const types = [schema.type ?? []].flat();
  parts.push(name || types.join(' or ') || 'any value');
  if (schema.items) parts.push(`of ${describeSchema(document, schema.items)}`);
  if (schema.format) parts.push(`(${schema.format})`);
  if (schema.const !== undefined) parts.push(`= ${JSON.stringify(schema.const)}`);
  if (schema.enum?.length <= 24) {
    parts.push(`: ${schema.enum.filter((/** @type {any} */ word) => word !== null).join(', ')}`);
  }
  const { minLength, maxLength, minimum, maximum, minItems, maxItems } = schema;
  if (maxLength !== undefined) parts.push(`${minLength ?? 0}–${maxLength} characters`);
  if (maximum !== undefined) parts.push(`${minimum}–${maximum}`);
  else if (minimum !== undefined) parts.push(`at least ${minimum}`);
  if (maxItems !== undefined) parts.push(`${minItems ?? 0}–${maxItems} items`);
  if (schema.default !== undefined) parts.push(`default ${schema.default}`);
  return parts.join(' ').replace(' :', ':');
}

/** The members of an object with what each must be. */
export function schemaFields(
  /** @type {any} */ document,
  /** @type {any} */ given,
  depth = 0,
) {
  let { schema } = resolve(document, given);
  if (schema.anyOf && !schema.properties) {
    const parts = element('div');
    for (const one of schema.anyOf) {
      if (resolve(document, one).schema.type === 'null') continue;
      parts.append(schemaFields(document, one, depth));
    }
    return parts;
  }
  if (schema.items) ({ schema } = resolve(document, schema.items));
  const list = element('dl', 'fields');
  const members = Object.entries(schema.properties ?? {});
  if (members.length === 0) return element('p', 'muted', describeSchema(document, given));
  for (const [name, one] of members) {
    const required = schema.required?.includes(name);
    list.append(element(
      'dt', '', element('code', '', name), ' ',
      ...(required ? [] : [element('span', 'muted', 'optional')])));
    const { schema: inner } = resolve(document, one);
    const text = [describeSchema(document, one), one.description ?? inner.description ?? '']
      .filter(Boolean).join('. ');
    const parts = /** @type {(Node | string)[]} */ ([text]);
    const nested = inner.items ? resolve(document, inner.items).schema : inner;
    if (nested.properties && depth < DEPTH_MAX) {
      parts.push(schemaFields(document, one, depth + 1));
    }
    list.append(element('dd', '', ...parts));
  }
  return list;
}
