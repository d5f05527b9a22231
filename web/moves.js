// Which state may follow which, as the hub has it; the hub decides, this only offers the buttons.

/** By kind: the field that moves, what may follow each state, and what the button says. */
export const MOVES = {
  opportunities: {
    field: 'stage',
    next: {
      prospecting: ['qualification', 'lost'],
      qualification: ['proposal', 'lost'],
      proposal: ['negotiation', 'lost'],
      negotiation: ['won', 'lost'],
    },
    verbs: { qualification: 'Qualify', proposal: 'Propose', negotiation: 'Negotiate' },
    update: (hub, ...change) => hub.updateOpportunity(...change),
  },
  orders: {
    field: 'status',
    next: {
      draft: ['confirmed', 'cancelled'],
      confirmed: ['packed', 'cancelled'],
      packed: ['shipped', 'cancelled'],
      shipped: ['delivered'],
    },
    verbs: {
      confirmed: 'Confirm', packed: 'Pack', shipped: 'Ship', cancelled: 'Cancel order',
    },
    update: (hub, ...change) => hub.updateOrder(...change),
  },
  deliveries: {
    field: 'status',
    next: {
      scheduled: ['out_for_delivery'],
      out_for_delivery: ['delivered', 'failed'],
      failed: ['rescheduled', 'returned'],
      rescheduled: ['out_for_delivery'],
    },
    verbs: {
      out_for_delivery: 'Send out', failed: 'Failed', rescheduled: 'Reschedule',
      returned: 'Return',
    },
    update: (hub, ...change) => hub.updateDelivery(...change),
  },
  tasks: {
    field: 'status',
    next: {
      open: ['in_progress', 'done', 'cancelled'],
      in_progress: ['done', 'open', 'cancelled'],
    },
    verbs: { in_progress: 'Start', done: 'Done', open: 'Put back', cancelled: 'Cancel' },
    update: (hub, ...change) => hub.updateTask(...change),
  },
};

/** Moves a record on from the version at hand; gives what it has become. */
export function moveRecord(hub, kind, record, to) {
  const { field, update } = MOVES[kind];
  return update(hub, record.id, { [field]: to }, { version: record.version });
}
