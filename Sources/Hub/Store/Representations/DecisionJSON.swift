// A decision as clients see it: the question, the answer, and why. The model is folded from this
// representation, so that `id`, `mode`, `action`, `probability` and `context` have fixed names.

package import Domain
package import Wire

/// The representation of a decision.
package enum DecisionJSON {
    /// Appends the object.
    package static func append(_ record: DecisionRecord, to writer: inout JSONWriter) {
        let agent = record.agent
        writer.beginObject()
        writer.member("id", record.id.text)
        writer.member("subject", record.subject.text)
        writer.member("lead_id", record.leadID?.text)
        writer.name("context")
        if record.context.isEmpty { writer.null() } else { writer.raw(record.context) }
        writer.member("mode", record.mode.rawValue)
        writer.member("action", agent.action)
        writer.member("probability", agent.probability)
        writer.name("actions")
        writer.beginArray()
        for answer in agent.actions { append(answer, to: &writer) }
        writer.endArray()
        writer.name("explanation")
        append(agent.explanation, to: &writer)
        writer.name("policy")
        writer.beginObject()
        writer.member("id", agent.policyID)
        writer.member("version", Int(clamping: agent.policyVersion))
        writer.endObject()
        writer.name("model")
        writer.beginObject()
        writer.member("version", Int(clamping: agent.modelVersion))
        writer.name("position")
        writer.quotedInteger(agent.modelPosition)
        writer.endObject()
        writer.name("fallback")
        writer.bool(agent.isFallback)
        writer.member("actor", record.actor)
        writer.member("created_at", record.createdAt.text)
        writer.endObject()
    }

    /// Appends contributions as an array.
    static func append(_ contributions: [Contribution], to writer: inout JSONWriter) {
        writer.beginArray()
        for contribution in contributions {
            writer.beginObject()
            writer.member("feature", contribution.feature)
            writer.member("category", contribution.category)
            writer.member("amount", contribution.amount)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func append(_ answer: ActionAnswer, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("action", answer.action)
        writer.member("score", answer.score)
        writer.member("low", answer.interval?.lowerBound)
        writer.member("high", answer.interval?.upperBound)
        writer.name("learned")
        writer.bool(answer.isLearned)
        writer.member("propensity", answer.propensity)
        writer.member("excluded_by", answer.excludedBy)
        writer.endObject()
    }
}
