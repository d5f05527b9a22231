// The guided forms of steps 2 to 8, made from steps.js. Each asks for what the step before made
// and hands what it makes to the step after; one submit is one idempotency key, as in lead-form.js.

import { backoffMilliseconds } from '../client/hub.js';
import { NAMES, STEPS } from '../steps.js';
import { byId, element } from './dom.js';
import { makeField } from './fields.js';
import { followBranches } from './branches.js';

const RETRIES_MAX = 2;

/** Makes the forms; `show(key)` brings one up, `onDone(step, record)` hears of what was made. */
export function mainStepForms({ records, journey, onDone, onNext, onStory, onSignedOut }) {
  const place = byId('steps');
  const forms = new Map();
  let context = null;
  for (const [index, step] of STEPS.entries()) {
    if (!step.fields) continue;
    const form = stepForm(step, index + 1, {
      records, journey, onDone, onStory, onSignedOut,
      onNext: () => onNext(STEPS[index + 1]?.key),
      onGo: onNext,
      next: STEPS[index + 1],
      context: () => context,
    });
    forms.set(step.key, form);
    place.append(form.section);
  }
  /** Only the form that is up: the others are brought up to date when they are shown. */
  const refresh = () => forms.forEach((form) => {
    if (!form.section.hidden) form.refresh();
  });
  for (const kind of ['leads', 'opportunities', 'orders', 'decisions', 'deliveries', 'tasks']) {
    records[kind].addEventListener('change', refresh);
  }
  journey.addEventListener('change', refresh);

  return {
    start(started) {
      context = started;
      refresh();
    },
    stop() {
      context = null;
      forms.forEach((form) => form.clear());
    },
    show(key) {
      byId('new-lead').hidden = key !== 'lead';
      forms.forEach((form, own) => {
        form.section.hidden = own !== key;
      });
      refresh();
    },
    /** Puts the focus where filling in begins. */
    focus(key) {
      const section = key === 'lead' ? byId('new-lead') : forms.get(key).section;
      section.scrollIntoView({ block: 'nearest' });
      // On a phone the keyboard would cover what the step is about.
      const isTouch = matchMedia('(pointer: coarse)').matches;
      const field = isTouch ? section.querySelector('h2') : section.querySelector('form')[0];
      field?.focus();
    },
  };
}

function stepForm(step, number, world) {
  const { records, journey, next } = world;
  const section = element('section', 'card panel step');
  section.id = `step-${step.key}`;
  section.hidden = true;
  const title = element('h2', '', element('span', 'step-number', String(number)), step.title);
  title.id = `step-${step.key}-title`;
  title.tabIndex = -1;
  section.setAttribute('aria-labelledby', title.id);
  const form = element('form', 'lead-form');
  form.id = `${step.key}-form`;
  form.noValidate = true;
  const submit = element('button', 'button primary', step.submit);
  submit.id = `${step.key}-submit`;
  submit.type = 'submit';
  const result = element('div', 'result');
  result.id = `${step.key}-result`;
  result.dataset.outcome = 'none';
  result.setAttribute('role', 'status');
  const fields = step.fields.map((field) => makeField(step, field, { onGo: world.onGo }));
  const plain = fields.filter(({ field }) => !field.more).map(({ node }) => node);
  const more = fields.filter(({ field }) => field.more).map(({ node }) => node);
  form.append(element('p', 'hint wide', step.hint), ...plain);
  if (more.length > 0) form.append(moreFields(more));
  form.append(element('div', 'form-end wide', submit, result));
  section.append(element('div', 'panel-head', title), form);
  let pending = { text: '', key: '' };
  let stopBranches = () => {};

  async function send() {
    clearErrors();
    const { body, errors } = read();
    Object.assign(errors, Object.keys(errors).length ? {} : step.check?.(body));
    if (Object.keys(errors).length > 0) return showAtFields(errors);
    if (!step.send) return tellStory(body);
    const text = JSON.stringify(body);
    if (pending.text !== text) {
      pending = { text, key: crypto.randomUUID(), traceparent: journey.traceparent(step.key) };
    }
    const context = world.context();
    submit.disabled = true;
    form.setAttribute('aria-busy', 'true');
    show('sending', element('p', 'muted', 'Sending…'));
    try {
      const made = await post(context, body);
      if (!context.isOver) showDone(made, body);
    } catch (problem) {
      if (!context.isOver) showProblem(problem);
    } finally {
      submit.disabled = false;
      form.removeAttribute('aria-busy');
    }
  }

  async function post(context, body) {
    const options = { idempotencyKey: pending.key, traceparent: pending.traceparent };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await step.send(context.hub, body, options);
      } catch (problem) {
        const canRetry = problem.isTransient && problem.status !== 429 && attempt < RETRIES_MAX;
        if (!canRetry) throw problem;
        show('retrying', element('p', 'muted', 'No answer yet, trying again…'));
        await new Promise((done) => setTimeout(done, backoffMilliseconds(attempt, 800)));
      }
    }
  }

  function showDone(made, body) {
    pending = { text: '', key: '' };
    const record = { ...body, ...made, id: made?.id ?? made?.decision_id };
    const name = step.titleOf?.(record) ?? NAMES[step.kind]?.(record) ?? record.event_type;
    const id = element('code', 'result-id', record.id ?? '');
    id.id = `${step.key}-result-id`;
    const line = element('p', '', element('strong', '', step.verb ?? 'Created '), name);
    const parts = [line, id, ...(step.summary?.(record) ?? [])];
    if (step.hasBranches) {
      const follow = followBranches(world.context(), record.id);
      stopBranches = follow.stop;
      parts.push(follow.node);
    }
    fields.forEach((field) => field.reset());
    show('created', ...parts, nextButton());
    world.onDone(step, record);
    const nextStep = byId(`${step.key}-next`);
    nextStep.focus();
    // What was made is drawn in the next frame, and may push it out of sight.
    requestAnimationFrame(() => nextStep.scrollIntoView({ block: 'nearest' }));
  }

  function nextButton() {
    const button = element('button', 'button next', `Next: ${next.title.toLowerCase()}`);
    button.id = `${step.key}-next`;
    button.type = 'button';
    button.addEventListener('click', world.onNext);
    return button;
  }

  function tellStory({ trace_id: trace }) {
    show('created', element('p', '', 'The story is in the logs.'));
    world.onStory(trace);
  }

  function showProblem(problem) {
    if (problem.needsSignIn) return world.onSignedOut(problem);
    if (problem.isTransient) return showUnanswered(problem);
    pending = { text: '', key: '' };
    showAtFields(problem.fields);
    const parts = [element('p', '', element('strong', '', `${problem.title}. `), problem.detail)];
    const existing = problem.body.existing;
    if (existing) {
      parts.push(element('p', 'hint', 'There is already ',
        element('code', 'result-id', String(existing.id ?? existing))));
    }
    if (problem.traceId) parts.push(element('p', 'hint', `Trace ${problem.traceId}`));
    show('problem', ...parts);
    result.dataset.code = problem.code;
  }

  function showUnanswered(problem) {
    const wait = problem.retryAfterSeconds ? ` Try again in ${problem.retryAfterSeconds} s.` : '';
    const again = element('button', 'button', 'Try again');
    again.id = `${step.key}-retry`;
    again.type = 'submit';
    show('unanswered', element('p', '', element('strong', '', `${problem.title}.`), wait),
      element('p', 'hint', 'Trying again is safe: it can’t happen twice.'), again);
  }

  function read() {
    const body = {};
    const errors = {};
    for (const field of fields) {
      const { value, error } = field.read();
      if (error) errors[field.field.name] = error;
      else if (value !== undefined) body[field.field.name] = value;
    }
    return { body, errors };
  }

  function showAtFields(errors) {
    let first = null;
    for (const [name, text] of Object.entries(errors)) {
      const field = fields.find((one) => one.field.name === name.split(/[/.[]/)[0]);
      if (field) first ??= field.showError(text);
    }
    first?.focus();
  }

  function clearErrors() {
    stopBranches();
    fields.forEach((field) => field.showError(''));
    show('none');
  }

  function show(outcome, ...parts) {
    result.dataset.outcome = outcome;
    delete result.dataset.code;
    result.replaceChildren(...parts);
    if (!form.querySelector('[aria-invalid]')) result.scrollIntoView({ block: 'nearest' });
  }

  function refresh() {
    const values = Object.fromEntries(fields.map((one) => [one.field.name, one.peek()]));
    for (const field of fields) {
      field.refresh(records, journey, values);
      values[field.field.name] = field.peek();
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (world.context() && !submit.disabled) send();
  });
  form.addEventListener('change', refresh);

  return {
    section,
    refresh,
    clear() {
      pending = { text: '', key: '' };
      fields.forEach((field) => field.reset());
      clearErrors();
    },
  };
}

function moreFields(nodes) {
  const summary = element('summary', '', 'More fields');
  return element('details', 'more wide', summary, element('div', 'more-fields', ...nodes));
}
