// An entry of the unified log: what happened, in one line that can be searched, with its trace.

/// How much it matters.
package enum LogLevel: String, CaseIterable, Sendable {
    case debug, info, warn, error
}

/// The part of the hub that speaks.
package enum LogModule: String, CaseIterable, Sendable {
    case crm, logistics, task, bhiv, compliance, rl, workflow, notifications, events, hub

    /// The part that an event comes from.
    package init(eventName: String, isUnified: Bool) {
        let first = eventName.prefix { $0 != "_" }
        self =
            switch isUnified ? "" : first {
            case "lead", "opportunity": .crm
            case "order", "delivery": .logistics
            case "task", "feedback": .task
            case "decision": .bhiv
            case "compliance", "consent", "subject": .compliance
            case "rl": .rl
            case "notification": .notifications
            case "": .events
            default: .hub
            }
    }
}

/// One entry.
package struct LogEntry: Equatable, Sendable {
    package let id: UniqueID
    package let time: Timestamp
    package let level: LogLevel
    package let module: LogModule
    /// The event's name.
    package let eventType: String
    package let message: String
    package let userID: String?
    package let taskID: String?
    package let traceID: String
    package let subject: String?
    /// The event's place in the log.
    package let position: UInt64?
    package let data: FieldValue?

    package init(
        id: UniqueID, time: Timestamp, level: LogLevel, module: LogModule, eventType: String,
        message: String, userID: String?, taskID: String?, traceID: String, subject: String?,
        position: UInt64?, data: FieldValue?
    ) {
        self.id = id
        self.time = time
        self.level = level
        self.module = module
        self.eventType = eventType
        self.message = message
        self.userID = userID
        self.taskID = taskID
        self.traceID = traceID
        self.subject = subject
        self.position = position
        self.data = data
    }
}
