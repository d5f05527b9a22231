// What compliance and the scorer do with an event.

extension StepRun {
    /// The one check, by the facts of this step.
    func complianceResult(of input: ProcessorInput) -> CheckResult {
        let consent = ConsentStanding(
            person: input.consentKey?.subject, flag: input.fields["consent_flag"]?.bool,
            records: facts.consents)
        return ComplianceCheck.evaluate(
            CheckInput(type: input.name, scope: input.isUnified ? .reported : .own),
            consent: consent, by: step.policy)
    }

    /// Checks an event, says so, and logs it.
    func checkCompliance(of input: ProcessorInput, into effects: inout Effects) {
        let result = complianceResult(of: input)
        effects.emit(
            "compliance_checked", subject: input.subject,
            .check(CheckRecord(eventID: input.id, eventName: input.name, result: result)))
        effects.log(
            result.effect == .allow ? .info : .warn, .compliance,
            "Compliance: \(result.effect.rawValue) \(input.name)", data: result.fields)
        effects.setBranch(.compliance, result.effect == .allow ? .done : .denied, result.fields)
    }
}

extension CheckResult {
    /// As it stands in the log and in a branch.
    package var fields: FieldValue {
        .object([
            FieldMember("effect", .string(effect.rawValue)),
            FieldMember("rules", .array(rules.map { .string($0) })),
            FieldMember(
                "policy",
                .object([
                    FieldMember("id", .string(policyID)),
                    FieldMember("version", .integer(policyVersion)),
                ])),
        ])
    }
}
