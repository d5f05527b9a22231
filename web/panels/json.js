// Indented JSON as text with coloured parts, built from nodes and never from markup.

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Nodes that show `value` as JSON with two spaces of indent. */
export function jsonNodes(value) {
  const text = JSON.stringify(value, null, 2);
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    nodes.push(text.slice(end, match.index));
    const [whole, string, colon] = match;
    const kind = string ? (colon ? 'key' : 'string') : match[3] ? 'word' : 'number';
    const part = document.createElement('span');
    part.className = `json-${kind}`;
    part.textContent = string ?? whole;
    nodes.push(part, colon ?? '');
    end = match.index + whole.length;
  }
  nodes.push(text.slice(end));
  return nodes;
}
