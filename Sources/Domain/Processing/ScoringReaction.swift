// What the scorer does with an event: nothing if compliance denies it; else feedback teaches, and
// everything else is scored. The learning itself is the fold of the events made here.

extension StepRun {
    /// Scores an event, or learns from it.
    mutating func score(
        _ input: ProcessorInput, into effects: inout Effects
    ) throws(ReactionFailure) {
        guard let model = step.model else {
            throw ReactionFailure(reason: "there is no model to score by")
        }
        let result = complianceResult(of: input)
        guard result.effect == .allow else {
            effects.log(.warn, .rl, "Not scored, compliance denied it", data: result.fields)
            effects.setBranch(.rl, .denied, result.fields)
            return
        }
        if !input.isUnified, input.name == "feedback_received" {
            try learn(from: input, model.state, into: &effects)
            return
        }
        let kind = String(input.subject.prefix { $0 != "/" })
        let features = SubjectFeatures.of(input)
        let score = model.state.score(kind: kind, features, scratch: &scratch)
        if !input.isUnified, let subject = Subject(input.subject), subject.kind == .leads {
            effects.changes.append(.setLeadScore(subject.id, score))
        }
        effects.emit(
            "rl_scored", subject: input.subject,
            .score(
                ScoreRecord(
                    eventID: input.id, subject: input.subject, score: score, features: features)))
        effects.log(.info, .rl, "Scored \(input.name)", data: score.fields)
        effects.setBranch(.rl, .done, score.fields)
    }

    private mutating func learn(
        from input: ProcessorInput, _ state: ModelState, into effects: inout Effects
    ) throws(ReactionFailure) {
        guard let feedback = input.fields["id"]?.string.flatMap({ UniqueID($0) }),
            let subject = Subject(input.subject)
        else { throw ReactionFailure(reason: "the feedback has no id, or no subject") }
        let reward = Feedback.reward(
            rating: input.fields["rating"]?.number.flatMap { Int(exactly: $0) },
            reward: input.fields["reward"]?.number)
        let isLearned = reward != nil && state.remembered(subject.id) != nil
        if isLearned { learnedCount += 1 }
        let record = LearningRecord(
            feedbackID: feedback, subject: input.subject,
            decisionID: subject.kind == .decisions ? subject.id : nil, reward: reward,
            isLearned: isLearned, modelVersion: state.version + learnedCount)
        effects.emit("rl_updated", subject: input.subject, .learning(record))
        effects.log(
            .info, .rl, isLearned ? "Learned from feedback" : "Nothing to learn from feedback",
            data: .object([
                FieldMember("learned", .bool(isLearned)),
                FieldMember("model_version", .integer(Int(record.modelVersion))),
            ]))
    }
}

extension OutcomeScore {
    /// As it stands in the log and in a branch.
    package var fields: FieldValue {
        .object([
            FieldMember("score", .real(mean)),
            FieldMember("low", .real(interval.lowerBound)),
            FieldMember("high", .real(interval.upperBound)),
            FieldMember("model_version", .integer(Int(version))),
            FieldMember("learned", .bool(isLearned)),
        ])
    }
}
