// Which body a command route reads. What stands in the request besides the body, the id in its path
// and the version it must meet, is read before it.

import Domain
import Wire

/// Makes the command of a request that passed the gates.
struct CommandDecoder {
    let admitted: AdmittedRequest
    /// What the agent decides by.
    let model: ModelSnapshot

    /// Reads path, headers, query and body, in this order after the body's grammar.
    func command(ids: inout FreshIDs) throws(Refusal) -> Command {
        if admitted.route == .replayDeadLetter { return try replay() }
        if admitted.route == .eraseSubject { return try erase(ids: &ids) }
        if admitted.route == .convertLead { return try convert(ids: &ids) }
        if let kind = admitted.route.deletedKind { return try delete(kind, ids: &ids) }
        let document = try CommandCoding.parse(admitted.request.body)
        let allowDuplicate = try CommandHeaders.allowDuplicate(admitted)
        if admitted.route.isPatch {
            return try update(document, allowDuplicate: allowDuplicate, ids: &ids)
        }
        switch admitted.route {
        case .createLead:
            return try CommandCoding.createLead(
                document, allowDuplicate: allowDuplicate, ids: &ids)
        case .createOpportunity: return try OpportunityCoding.create(document, ids: &ids)
        case .createOrder: return try OrderCoding.create(document, ids: &ids)
        case .scheduleDelivery: return try DeliveryCoding.schedule(document, ids: &ids)
        case .createTask: return try TaskCoding.create(document, ids: &ids)
        case .giveFeedback: return try FeedbackCoding.give(document, ids: &ids)
        case .decide: return try AgentCoding.decide(document, model: model, ids: &ids)
        case .publishEvents: return try UnifiedEventCoding.publishEvents(document, ids: &ids)
        case .recordConsent: return try ConsentCoding.record(document, ids: &ids)
        case .revokeTokens: return try RevocationCoding.revoke(document)
        default: preconditionFailure("\(admitted.route) is no command with a body")
        }
    }

    private func update(
        _ document: JSONDocument, allowDuplicate: Bool, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        let header = admitted.request.ifMatch
        switch admitted.route {
        case .updateLead:
            return try CommandCoding.updateLead(
                document, id: try id("leads/"),
                ifMatch: try CommandHeaders.versions(ifMatch: header, isScored: true),
                allowDuplicate: allowDuplicate, ids: &ids)
        case .updateOpportunity:
            return try OpportunityCoding.update(
                document, id: try id("opportunities/"),
                ifMatch: try CommandHeaders.versions(ifMatch: header), ids: &ids)
        case .updateOrder:
            return try OrderCoding.update(
                document, id: try id("orders/"),
                ifMatch: try CommandHeaders.versions(ifMatch: header), ids: &ids)
        case .updateDelivery:
            return try DeliveryCoding.update(
                document, id: try id("deliveries/"),
                ifMatch: try CommandHeaders.versions(ifMatch: header), ids: &ids)
        case .updateTask:
            return try TaskCoding.update(
                document, id: try id("tasks/"),
                ifMatch: try CommandHeaders.versions(ifMatch: header), ids: &ids)
        case .updateNotification:
            return try NotificationCoding.update(document, id: try id("notifications/"))
        default: preconditionFailure("\(admitted.route) is no patch")
        }
    }

    /// Needs no body; an empty object is one, too.
    private func checkEmptyBody() throws(Refusal) {
        guard !admitted.request.body.isEmpty else { return }
        let document = try CommandCoding.parse(admitted.request.body)
        try FieldReader(document, document.root).finish()
    }

    private func erase(ids: inout FreshIDs) throws(Refusal) -> Command {
        if let item = admitted.parameters.items.first {
            throw .badParameter(item.name, "is not known here")
        }
        try checkEmptyBody()
        let bytes = Array((admitted.id ?? "").utf8)
        let text = PercentEncoding.decode(bytes.span, 0..<bytes.count, plusIsSpace: false)
        guard let subject = text.flatMap({ ConsentCoding.person($0) }) else {
            throw .notFound("subjects/" + (admitted.id ?? ""))
        }
        return .eraseSubject(
            EraseSubject(eventID: ids.next(), consentID: ids.next(), subject: subject))
    }

    /// Needs no body, either.
    private func convert(ids: inout FreshIDs) throws(Refusal) -> Command {
        let body = admitted.request.body
        let document: JSONDocument? = body.isEmpty ? nil : try CommandCoding.parse(body)
        return try OpportunityCoding.convert(
            document, id: try QueryIdentifier.read(admitted, "leads/"),
            ifMatch: try CommandHeaders.versions(
                ifMatch: admitted.request.ifMatch, isScored: true), ids: &ids)
    }

    private func delete(_ kind: EntityKind, ids: inout FreshIDs) throws(Refusal) -> Command {
        let id = try QueryIdentifier.read(admitted, kind.rawValue + "/")
        try checkEmptyBody()
        var command = DeleteEntity(Subject(kind, id), eventID: ids.next())
        command.ifMatch = try CommandHeaders.versions(
            ifMatch: admitted.request.ifMatch, isScored: kind == .leads)
        return .deleteEntity(command)
    }

    private func replay() throws(Refusal) -> Command {
        try checkEmptyBody()
        return .replayDeadLetter(
            ReplayDeadLetter(id: try QueryIdentifier.read(admitted, "dead-letters/")))
    }

    private func id(_ kind: String) throws(Refusal) -> UniqueID {
        guard let id = admitted.id.flatMap({ UniqueID($0) }) else {
            throw .notFound(kind + (admitted.id ?? ""))
        }
        return id
    }
}

extension Route {
    /// The kind of thing that it deletes; nil if it deletes none.
    fileprivate var deletedKind: EntityKind? {
        switch self {
        case .deleteLead: .leads
        case .deleteOpportunity: .opportunities
        case .deleteOrder: .orders
        case .deleteTask: .tasks
        default: nil
        }
    }
}
