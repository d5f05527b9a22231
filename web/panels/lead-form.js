// The form that creates a lead, and every way in which that can go.
// One submit is one idempotency key: a retry after a lost answer sends the same key and body,
// so it can't create a second lead. Changing anything makes it a new submit with a new key.

import { backoffMilliseconds } from '../client/hub.js';
import { byId, element } from './dom.js';

const RETRIES_MAX = 2;
const TEXT_FIELDS = ['name', 'email', 'phone', 'company', 'source', 'owner'];

/** Wires the form; `onCreated` gets the new lead at once, before its event arrives. */
export function mainLeadForm({ journey, onCreated, onNext, onSignedOut }) {
  const form = byId('lead-form');
  const submit = byId('lead-submit');
  const result = byId('lead-result');
  /** The submit that has no definite answer yet: `{ text, key }`. */
  let pending = { text: '', key: '', traceparent: '' };
  /** @type {any} */
  let context = null;

  async function send(options = {}) {
    clearErrors();
    const lead = readForm(form);
    if (!lead.name) return showProblemAt({ name: 'A lead needs a name.' });
    const text = JSON.stringify([lead, options]);
    if (pending.text !== text) {
      pending = { text, key: crypto.randomUUID(), traceparent: journey.traceparent('lead') };
    }
    const { key: idempotencyKey, traceparent } = pending;
    const started = context;
    submit.disabled = true;
    form.setAttribute('aria-busy', 'true');
    show('sending', element('p', 'muted', 'Creating…'));
    try {
      const created = await post(started.hub, lead, { ...options, idempotencyKey, traceparent });
      if (context === started) showCreated(created);
    } catch (problem) {
      if (context === started) await showProblem(problem);
    } finally {
      submit.disabled = false;
      form.removeAttribute('aria-busy');
    }
  }

  async function post(hub, lead, options) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await hub.createLead(lead, options);
      } catch (problem) {
        const canRetry = problem.isTransient && problem.status !== 429 && attempt < RETRIES_MAX;
        if (!canRetry) throw problem;
        show('retrying', element('p', 'muted', 'No answer yet, trying again…'));
        await new Promise((done) => setTimeout(done, backoffMilliseconds(attempt, 800)));
      }
    }
  }

  function showCreated(lead) {
    pending = { text: '', key: '', traceparent: '' };
    const id = element('code', 'result-id', lead.id);
    id.id = 'lead-result-id';
    const next = element('button', 'button next', 'Next: opportunity');
    next.id = 'lead-next';
    next.setAttribute('type', 'button');
    next.addEventListener('click', onNext);
    const line = element('p', '', element('strong', '', 'Created '), lead.name ?? '');
    show('created', line, id, next);
    form.reset();
    onCreated(lead);
    next.focus();
  }

  async function showProblem(problem) {
    if (problem.needsSignIn) return onSignedOut(problem);
    if (problem.isTransient) return showUnanswered(problem);
    pending = { text: '', key: '', traceparent: '' };
    showProblemAt(problem.fields);
    const parts = [element('p', '', element('strong', '', `${problem.title}. `), problem.detail)];
    if (problem.code === 'duplicate_lead') parts.push(await duplicateParts(problem));
    if (problem.traceId) parts.push(element('p', 'hint', `Trace ${problem.traceId}`));
    show('problem', ...parts);
    result.dataset.code = problem.code;
  }

  function showUnanswered(problem) {
    const wait = problem.retryAfterSeconds ? ` Try again in ${problem.retryAfterSeconds} s.` : '';
    const again = element('button', 'button', 'Try again');
    again.id = 'lead-retry';
    again.setAttribute('type', 'submit');
    show(
      'unanswered',
      element('p', '', element('strong', '', `${problem.title}.`), wait),
      element('p', 'hint', 'Trying again is safe: it can’t create the lead twice.'),
      again,
    );
  }

  async function duplicateParts(problem) {
    const existing = await existingLead(problem.body.existing);
    const box = element('div', 'existing', element('strong', '', existing.name ?? 'Existing lead'));
    box.id = 'lead-existing';
    box.dataset.leadId = existing.id;
    const contact = [existing.email, existing.phone, existing.status].filter(Boolean).join(' · ');
    box.append(element('span', 'muted', contact), element('code', 'result-id', existing.id));
    const anyway = element('button', 'button', 'Create anyway');
    anyway.id = 'lead-allow-duplicate';
    anyway.setAttribute('type', 'button');
    anyway.addEventListener('click', () => send({ allowDuplicate: true }));
    box.append(anyway);
    return box;
  }

  /** The lead named by a problem, whether by id, by path or as a whole. */
  async function existingLead(existing) {
    if (existing && typeof existing === 'object' && existing.name) return existing;
    const id = String(existing?.id ?? existing ?? '').split('/').at(-1) ?? '';
    try {
      return await context.hub.lead(id);
    } catch {
      return { id };
    }
  }

  function showProblemAt(fields) {
    let first = null;
    for (const [name, text] of Object.entries(fields)) {
      const field = form.querySelector(`[data-field="${CSS.escape(name.split('/')[0])}"]`);
      if (!field) continue;
      field.querySelector('.field-error').textContent = text;
      const input = field.querySelector('input, select');
      input.setAttribute('aria-invalid', 'true');
      const details = field.closest('details');
      if (details) details.open = true;
      first ??= input;
    }
    first?.focus();
  }

  function clearErrors() {
    for (const error of form.querySelectorAll('.field-error')) error.textContent = '';
    for (const input of form.querySelectorAll('[aria-invalid]')) {
      input.removeAttribute('aria-invalid');
    }
    show('none');
  }

  function show(outcome, ...parts) {
    result.dataset.outcome = outcome;
    delete result.dataset.code;
    result.replaceChildren(...parts);
    // A focused field at fault already is in view, and matters more.
    if (!form.querySelector('[aria-invalid]')) result.scrollIntoView({ block: 'nearest' });
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (context && !submit.disabled) send();
  });

  return {
    start(started) {
      context = started;
    },
    stop() {
      context = null;
      pending = { text: '', key: '', traceparent: '' };
      form.reset();
      clearErrors();
    },
  };
}

/** The body to send: fields left empty are left out. */
function readForm(form) {
  const values = new FormData(form);
  /** @type {any} */
  const lead = {};
  for (const name of TEXT_FIELDS) {
    const text = String(values.get(name) ?? '').trim();
    if (text) lead[name] = text;
  }
  const tags = String(values.get('tags') ?? '').split(',').map((tag) => tag.trim()).filter(Boolean);
  if (tags.length) lead.tags = tags;
  const consent = values.get('consent_flag');
  if (consent) lead.consent_flag = consent === 'true';
  return lead;
}
