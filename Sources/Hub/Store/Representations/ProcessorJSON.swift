// Processors, dead letters and runs of workflow rules as clients see them.

package import Domain
package import Wire

/// The representation of a processor.
package enum ProcessorJSON {
    /// Appends the object; `head` is where the log ends, `time` says whether the lease is alive.
    package static func append(
        _ status: ProcessorStatus, head: UInt64, at time: Timestamp, to writer: inout JSONWriter
    ) {
        let state = status.state
        let isLeased = state.leasedUntil.map { $0 > time } ?? false
        writer.beginObject()
        writer.member("name", status.name.rawValue)
        writer.name("cursor")
        writer.quotedInteger(state.cursor)
        writer.name("lag")
        writer.beginObject()
        writer.member("positions", Int(clamping: head > state.cursor ? head - state.cursor : 0))
        writer.name("seconds")
        let waited = status.oldestWaiting.map { time.milliseconds - $0.milliseconds } ?? 0
        writer.number(Double(max(0, waited)) / 1000)
        writer.endObject()
        writer.member("holder", isLeased ? state.holder : nil)
        writer.member("leased_until", isLeased ? state.leasedUntil?.text : nil)
        writer.member("dead_letters", status.deadLetterCount)
        writer.endObject()
    }
}

/// The representation of the sealer: its cursor is in the audit trail.
package enum SealerJSON {
    /// Appends the object; `time` says whether the lease is alive.
    package static func append(
        _ status: SealerStatus, at time: Timestamp, to writer: inout JSONWriter
    ) {
        let isLeased = status.leasedUntil.map { $0 > time } ?? false
        writer.beginObject()
        writer.name("cursor")
        writer.quotedInteger(status.sealedCount)
        writer.name("lag")
        writer.beginObject()
        writer.member(
            "rows", Int(clamping: status.rowCount - min(status.rowCount, status.sealedCount)))
        writer.endObject()
        writer.member("holder", isLeased ? status.holder : nil)
        writer.member("leased_until", isLeased ? status.leasedUntil?.text : nil)
        writer.endObject()
    }
}

/// The representation of a dead letter.
package enum DeadLetterJSON {
    /// Where dead letters are found.
    package static func path(_ id: UniqueID) -> String { "/admin/dead-letters/" + id.text }

    /// Appends the object.
    package static func append(_ letter: DeadLetter, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", letter.id.text)
        writer.member("processor", letter.processor.rawValue)
        writer.member("event", letter.eventID.text)
        writer.name("position")
        writer.quotedInteger(letter.position)
        writer.member("reason", letter.reason)
        writer.member("attempts", letter.attempts)
        writer.member("state", letter.state.rawValue)
        writer.member("created_at", letter.createdAt.text)
        writer.member("updated_at", letter.updatedAt.text)
        writer.endObject()
    }
}

/// The representation of a run of a workflow rule.
package enum WorkflowRunJSON {
    /// Appends the object.
    package static func append(_ run: WorkflowRun, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("rule", run.key.rule)
        writer.member("rule_version", run.ruleVersion)
        writer.member("event", run.key.eventID.text)
        writer.member("state", run.state.rawValue)
        writer.member("effects", run.effects)
        writer.member("reason", run.reason)
        writer.member("time", run.time.text)
        writer.endObject()
    }
}
