// A command on its way through the committer, and what happened to it so far. It is carried from
// batch to batch until it is answered.

import Domain

/// A command that is waiting or in flight.
struct BatchItem: Sendable {
    /// What was asked.
    let request: CommandRequest
    /// Answers the command with this instead of deciding it: Postgres refused it for a reason that
    /// the domain doesn't know.
    var forcedRefusal: Refusal?
    /// How often it failed alone.
    var failureCount = 0
    /// Since when something it needs is locked by somebody else, on the monotonic clock.
    var blockedSinceMilliseconds: Int64?
    /// Whether it waits for locks only briefly, because it may be the one that holds others up.
    var waitsBriefly = false

    init(_ request: CommandRequest) {
        self.request = request
    }

    /// Under which name its answer is kept.
    var key: KeyName? {
        request.context.idempotency.map {
            KeyName(principal: request.context.principal.subject, key: $0.key)
        }
    }

    /// How many events it may append: the measure of its share of a batch.
    var eventsMax: Int {
        switch request.command {
        case .publishEvents(let command): max(1, command.items.count)
        case .recordDenials(let entries): max(1, entries.count)
        // About so many: each event has an effect or two.
        case .process(let step): max(1, 2 * step.inputs.count)
        default: 1
        }
    }
}

/// An idempotency key and whose it is.
struct KeyName: Hashable, Comparable, Sendable {
    let principal: ExactText
    let key: ExactText

    init(principal: String, key: String) {
        self.principal = ExactText(principal)
        self.key = ExactText(key)
    }

    static func < (left: KeyName, right: KeyName) -> Bool {
        (left.principal, left.key) < (right.principal, right.key)
    }
}
