// What the processors tell in their events: checks, scores, what was learned. The model is folded
// from scores and learning, so that their names are fixed.

import Domain
import Wire

/// The data of the processors' events.
enum ReactionJSON {
    /// Appends a check that compliance made.
    static func append(_ check: CheckRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("event", check.eventID.text)
        writer.member("event_type", check.eventName)
        writer.member("effect", check.result.effect.rawValue)
        writer.member("rules", check.result.rules)
        writer.name("policy")
        writer.beginObject()
        writer.member("id", check.result.policyID)
        writer.member("version", check.result.policyVersion)
        writer.endObject()
        writer.endObject()
    }

    /// Appends a score that was made.
    static func append(_ record: ScoreRecord, to writer: inout JSONWriter) {
        let score = record.score
        writer.beginObject()
        writer.member("event", record.eventID.text)
        writer.member("score", score.mean)
        writer.member("low", score.interval.lowerBound)
        writer.member("high", score.interval.upperBound)
        writer.name("learned")
        writer.bool(score.isLearned)
        writer.member("model_version", Int(clamping: score.version))
        writer.name("factors")
        DecisionJSON.append(score.factors, to: &writer)
        writer.name("features")
        writer.beginObject()
        for feature in record.features.list {
            writer.name(text: feature.name)
            switch feature.value {
            case .number(let number): writer.number(number)
            case .category(let category): writer.string(category)
            }
        }
        writer.endObject()
        writer.endObject()
    }

    /// Appends what became of feedback.
    static func append(_ record: LearningRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("feedback", record.feedbackID.text)
        writer.member("decision", record.decisionID?.text)
        writer.member("reward", record.reward)
        writer.name("learned")
        writer.bool(record.isLearned)
        writer.member("model_version", Int(clamping: record.modelVersion))
        writer.endObject()
    }
}
