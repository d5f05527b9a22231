// One processor on this instance: its lease, its place in the log, and the one step that is on its
// way. Lanes are independent of each other. A lane never believes itself: each step names the
// cursor and the lease that it was made with, and one that the database refuses ends the lease.
//
//   free ──lease──▶ asking ──leased──▶ held ──step──▶ (in flight) ──processed──▶ held
//    ▲                 │ held by another  │ cursor moved, lease held
//    └─────────────────┴──────────────────┘

import Domain
import Store

/// The state of one processor on this instance.
struct Lane {
    let name: ProcessorName
    /// What the lease is asked for with; a new one once somebody else has it.
    var token: UniqueID
    /// When a lease that is not ours is asked for.
    var askAt: Int64
    /// How often in a row it was refused.
    var refusalCount = 0
    /// The request for a lease that is on its way.
    var asking: UInt32?
    /// What is true while the lease is ours.
    var held: Held?
    var reading: ProcessorReading
    /// The oldest event that is not dealt with, and when it happened.
    var oldest: (position: UInt64, time: Timestamp)?

    init(_ name: ProcessorName, token: UniqueID, now: Int64) {
        self.name = name
        self.token = token
        askAt = now
        reading = ProcessorReading(name: name)
    }
}

/// A lease that is ours, and the work under it.
struct Held {
    /// The last position that is dealt with, as it stands in the database.
    var cursor: UInt64
    /// Up to here there is nothing to react to.
    var scanned: UInt64
    /// When the lease is to be made to last longer, and the request that is on its way.
    var renewAt: Int64
    var renewal: UInt32?
    /// When the cursor may move over what is ignored.
    var moveAt: Int64
    /// Until when it rests.
    var pauseUntil: Int64 = 0
    /// The step that is on its way.
    var flight: Flight?
    /// Events of one step at most: fewer while the database refuses steps.
    var inputsMax: Int
    /// How often the next event failed alone.
    var failureCount = 0
    /// The event that is to be set aside.
    var fault: Fault?
    var replays: [Replay] = []
    /// The head after the lease was taken, below which all lies that was done before; nil: not
    /// known yet.
    var leaseHead: UInt64?
    /// The question for it that is on its way.
    var headRead: UInt32?
    var isReleasing = false

    init(cursor: UInt64, renewAt: Int64, moveAt: Int64, inputsMax: Int) {
        self.cursor = cursor
        scanned = cursor
        self.renewAt = renewAt
        self.moveAt = moveAt
        self.inputsMax = inputsMax
    }
}

/// A step that is on its way.
struct Flight: Equatable {
    let sequence: UInt32
    let from: UInt64
    let to: UInt64
    /// Where its events are; empty when only the cursor moves.
    let positions: [UInt64]
    let replay: UniqueID?
}

/// A dead letter that is to be tried again.
struct Replay: Equatable {
    let id: UniqueID
    let position: UInt64
}

/// An event that can't be dealt with, and why.
struct Fault: Equatable {
    let position: UInt64
    let reason: String
}

// MARK: What came of a step

extension Lane {
    /// The step on its way is done.
    mutating func processed(
        effects: Int, deadLetters: Int, now: Int64, settings: ProcessorSettings
    ) {
        guard var held, let flight = held.flight else { return }
        held.flight = nil
        held.fault = nil
        held.failureCount = 0
        if let replay = flight.replay {
            held.replays.removeAll { $0.id == replay }
        } else {
            held.cursor = flight.to
            held.scanned = max(held.scanned, flight.to)
            held.moveAt = now + settings.moveMilliseconds
        }
        held.inputsMax = min(held.inputsMax * 2, settings.positionsMax)
        reading.steps += 1
        reading.effects += UInt64(effects)
        reading.deadLetters += UInt64(deadLetters)
        self.held = held
    }

    /// The step on its way was not tried, or it is not known what came of it: the cursor tells.
    mutating func postpone(until: Int64) {
        held?.flight = nil
        held?.pauseUntil = until
        reading.failures += 1
    }

    /// The database refused the effects of the step on its way.
    ///
    /// It is tried in halves, at last each event alone; one that is refused alone is set aside
    /// after a few attempts.
    mutating func failed(code: String, now: Int64, settings: ProcessorSettings) {
        guard var held, let flight = held.flight else { return }
        held.flight = nil
        held.pauseUntil = now + settings.pauseMilliseconds
        if flight.positions.count > 1 {
            held.inputsMax = max(1, flight.positions.count / 2)
            held.pauseUntil = now
        } else if let position = flight.positions.first {
            held.failureCount += 1
            if held.failureCount >= settings.attemptsMax {
                held.fault = Fault(
                    position: position, reason: "the database refused its effects (\(code))")
            }
        }
        reading.failures += 1
        self.held = held
    }

    /// The lease is somebody else's.
    mutating func lose(token: UniqueID, askAt: Int64) {
        held = nil
        asking = nil
        self.token = token
        self.askAt = askAt
    }
}
