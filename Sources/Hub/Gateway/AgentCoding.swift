// Bodies of `/bhiv/agent/decide`: what is decided about, what is known, and what may be done.

import Domain
import Reactor
import Wire

/// Questions to the agent.
enum AgentCoding {
    /// The longest that a client waits: beyond it, it has long gone.
    static let deadlineMillisecondsMax = 60_000

    /// `POST /bhiv/agent/decide`, decided by what the model knows now.
    ///
    /// The deadline binds an agent that is asked over the network; the embedded one answers within
    /// the command.
    static func decide(
        _ document: JSONDocument, model: ModelSnapshot, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        let subject = try fields.subject("subject", kinds: DecideCommand.kinds)
            .required("subject")
        let context = try context(&fields)
        var command = DecideCommand(
            id: ids.next(), eventID: ids.next(), subject: subject, contextText: context.text,
            context: context.value, model: model, random: ids.random.next())
        command.actions = try fields.texts("actions")
        command.actionSet = try fields.text("action_set")
        if command.actions != nil, command.actionSet != nil {
            throw .invalidField("action_set", "can't stand beside actions")
        }
        if let mode = try fields.text("mode") {
            guard let mode = DecisionMode(rawValue: mode) else {
                throw .invalidField("mode", "must be live or shadow")
            }
            command.mode = mode
        }
        if let deadline = try fields.integer("deadline_ms") {
            guard (1...deadlineMillisecondsMax).contains(deadline) else {
                throw .invalidField("deadline_ms", "must be 1 to \(deadlineMillisecondsMax)")
            }
        }
        try fields.finish()
        return .decide(command)
    }

    /// The context, as text and read; an empty one when it is absent.
    private static func context(
        _ fields: inout FieldReader
    ) throws(Refusal) -> (text: [UInt8], value: FieldValue) {
        guard let value = fields.take("context") else { return ([], .object([])) }
        let document = fields.document
        guard document.kind(value) == .object else {
            throw .invalidField("context", "must be a JSON object")
        }
        guard !document.containsNUL(value) else {
            throw .invalidField("context", "must not contain \\u0000")
        }
        var text: [UInt8] = []
        document.appendMinified(value, to: &text)
        return (text, FieldValue(document, value))
    }
}
