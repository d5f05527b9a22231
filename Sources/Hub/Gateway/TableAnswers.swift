// What is read from the program itself: the rules and tables that it decides by, as data.

import Domain
import Store
import Wire

extension GatewayLoop {
    /// Answers a route whose data the program holds.
    func answerTable(_ slot: Int, _ admitted: AdmittedRequest) throws(Refusal) {
        let answer = try TableAnswers.answer(admitted, model: models.current)
        respond(
            slot, admitted.request, admitted.route, admitted.trace, admitted.rate, answer)
    }
}

/// Answers from the domain's tables.
enum TableAnswers {
    /// The answer of a route, its parameters checked.
    static func answer(
        _ admitted: AdmittedRequest, model: ModelSnapshot
    ) throws(Refusal) -> RenderedAnswer {
        switch admitted.route {
        case .listPurposes:
            return try page(PurposeNotice.all, admitted, id: \.purpose.code) {
                RuleJSON.append($0, to: &$1)
            }
        case .listPolicies:
            return try page([PolicySet.standard], admitted, id: \.id) {
                RuleJSON.append($0, to: &$1)
            }
        case .listWorkflows:
            return try page(WorkflowRule.standard, admitted, id: \.id) {
                RuleJSON.append($0, to: &$1)
            }
        case .readWorkflow:
            try ParameterReader(admitted.parameters).finish()
            guard let rule = WorkflowRule.standard.first(where: { $0.id == admitted.id }) else {
                throw .notFound("workflows/" + (admitted.id ?? ""))
            }
            var writer = JSONWriter()
            RuleJSON.append(rule, to: &writer)
            return RenderedAnswer(status: 200, etag: "\"\(rule.version)\"", body: writer.bytes)
        case .readAgentPolicy:
            try ParameterReader(admitted.parameters).finish()
            return RenderedAnswer(status: 200, body: RuleJSON.policy(.standard, model: model))
        default: preconditionFailure("\(admitted.route) is no table")
        }
    }

    /// A page of a table, in its order; the cursor is the id of the row before.
    private static func page<Row>(
        _ rows: [Row], _ admitted: AdmittedRequest, id: (Row) -> String,
        append: (Row, inout JSONWriter) -> Void
    ) throws(Refusal) -> RenderedAnswer {
        var parameters = try ParameterReader(admitted.parameters)
        let limit = try parameters.limit()
        var rest = rows[...]
        if let cursor = parameters.text("cursor") {
            guard let place = rows.firstIndex(where: { id($0) == cursor }) else {
                throw .badParameter("cursor", "must be a next_cursor of this collection")
            }
            rest = rows[(place + 1)...]
        }
        try parameters.finish()
        let shown = rest.prefix(limit)
        let next = shown.count < rest.count ? shown.last.map(id) : nil
        var answer = RenderedAnswer(
            status: 200, body: CollectionJSON.text(shown, nextCursor: next, append: append))
        answer.link = next.map {
            NextPage.link(NextPage.collection(admitted.request), cursor: $0)
        }
        return answer
    }
}

/// A page of any collection.
enum CollectionJSON {
    /// `{"data":[…],"next_cursor":…}`.
    static func text<Rows: Collection>(
        _ rows: Rows, nextCursor: String?, append: (Rows.Element, inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 64 + rows.count * 420)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for row in rows { append(row, &writer) }
        writer.endArray()
        writer.name("next_cursor")
        if let nextCursor { writer.string(nextCursor) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }
}
