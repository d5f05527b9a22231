// Where a stream starts. An id of this log is gone on from; everything else is answered in-band by a
// gap that says why, and never looks caught up.

/// Why a stream does not go on where it was asked to.
package enum GapReason: String, Sendable, CaseIterable {
    /// The events in between are no longer kept.
    case trimmed
    /// The id belongs to another log.
    case unknownEpoch = "unknown_epoch"
    /// The id is beyond everything that was ever written.
    case future
    /// It is no id.
    case malformed
    /// The reader was too slow and chose to skip.
    case slow
}

/// Where a stream starts.
package enum Opening: Sendable, Equatable {
    /// Behind this position, without a gap.
    case at(position: UInt64)
    /// With a gap from what was asked for (nil if that is no id), going on behind `to`.
    case gap(reason: GapReason, from: String?, to: UInt64)
    /// The id is beyond the head that this loop knows: ask Postgres for its head, then `open` again
    /// with the answer.
    case checkHead(EventID)
}

extension EventLog {
    /// Where a stream starts that asks to go on from here; nil asks for what is new from now on.
    package func open(_ resume: ResumePoint?) -> Opening {
        switch resume {
        case nil:
            return .at(position: head)
        case .start:
            if oldest == 1 { return .at(position: 0) }
            return .gap(reason: .trimmed, from: "0", to: oldest - 1)
        case .malformed:
            return .gap(reason: .malformed, from: nil, to: head)
        case .id(let id):
            if id.epoch != epoch {
                return .gap(reason: .unknownEpoch, from: id.text, to: head)
            }
            if id.position > head { return .checkHead(id) }
            if id.position + 1 >= oldest { return .at(position: id.position) }
            return .gap(reason: .trimmed, from: id.text, to: oldest - 1)
        }
    }

    /// Where a stream starts whose id was beyond the head, now that Postgres' head is known.
    ///
    /// An id that exists is waited for: `next` says caught up until the head gets there.
    package func open(checked id: EventID, postgresHead: UInt64) -> Opening {
        if id.epoch != epoch || id.position <= head { return open(.id(id)) }
        if id.position <= postgresHead { return .at(position: id.position) }
        return .gap(reason: .future, from: id.text, to: head)
    }
}
