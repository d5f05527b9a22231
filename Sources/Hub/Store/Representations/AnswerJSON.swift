// What a client is told, in bytes. It is rendered on the store's thread, once for each command, so
// that a replay under an idempotency key can give the same bytes again.

package import Domain
import Wire

extension RenderedAnswer {
    /// What follows from a refusal: a problem with its status (RFC 9457).
    package init(_ refusal: Refusal, traceID: String) {
        var writer = JSONWriter(reserving: 320)
        ProblemJSON.append(refusal, traceID: traceID, to: &writer)
        self.init(
            status: refusal.status, retryAfterSeconds: refusal.retryAfterSeconds, isProblem: true,
            code: refusal.code, body: writer.bytes)
        if case .methodNotAllowed(let allowed) = refusal {
            allow = allowed.joined(separator: ", ")
        }
    }

    /// What follows from a decision; `traceID` is for the problems of an array's refused items.
    package init(_ answer: Answer, traceID: String) {
        switch answer {
        case .created(let lead):
            self.init(
                status: 201, location: LeadJSON.path(lead.id), etag: LeadJSON.etag(lead),
                body: LeadJSON.text(lead))
        case .lead(let lead):
            self.init(status: 200, etag: LeadJSON.etag(lead), body: LeadJSON.text(lead))
        case .converted(let lead):
            let deal = lead.convertedOpportunity.map { EntityPath.of(Subject(.opportunities, $0)) }
            self.init(
                status: deal == nil ? 200 : 201, location: deal,
                etag: deal == nil ? LeadJSON.etag(lead) : nil, body: LeadJSON.text(lead))
        case .accepted(let results, let isArray):
            self = RenderedAnswer.accepted(results, isArray: isArray, traceID: traceID)
        case .consent(let record):
            var writer = JSONWriter()
            ConsentJSON.append(record, to: &writer)
            self.init(status: 201, body: writer.bytes)
        case .erased(let record):
            self.init(status: 200) { ErasureJSON.append(record, to: &$0) }
        case .opportunity(let row, let isNew):
            self.init(entity: row.subject, isNew: isNew, version: row.version) {
                OpportunityJSON.append(row, to: &$0)
            }
        case .order(let row, let isNew):
            self.init(entity: row.subject, isNew: isNew, version: row.version) {
                OrderJSON.append(row, to: &$0)
            }
        case .delivery(let row, let isNew):
            self.init(entity: row.subject, isNew: isNew, version: row.version) {
                DeliveryJSON.append(row, to: &$0)
            }
        case .task(let row, let isNew):
            self.init(entity: row.reference, isNew: isNew, version: row.version) {
                TaskJSON.append(row, to: &$0)
            }
        case .feedback(let record):
            self.init(status: 201, location: EntityPath.feedback(record.id)) {
                FeedbackJSON.append(record, to: &$0)
            }
        case .decision(let record):
            self.init(status: 200) { DecisionJSON.append(record, to: &$0) }
        case .notification(let row):
            self.init(status: 200) { NotificationJSON.append(row, to: &$0) }
        case .deadLetter(let letter):
            self.init(status: 202, location: DeadLetterJSON.path(letter.id)) {
                DeadLetterJSON.append(letter, to: &$0)
            }
        case .revoked(let revocation):
            self.init(status: 201) { RevocationJSON.append(revocation, to: &$0) }
        case .user(let user, let isNew):
            self.init(status: isNew ? 201 : 200, location: isNew ? UserJSON.path(user.id) : nil) {
                UserJSON.append(user, to: &$0)
            }
            etag = EntityTag.text(user.version)
        case .session(let grant):
            self.init(status: 200)
            self.grant = grant
        case .sessionEnded, .deleted: self.init(status: 204)
        case .leased, .processed, .recorded: self = RenderedAnswer.internalAnswer(answer)
        }
    }

    /// 201 with `Location`, or 200, both with an entity tag.
    private init(
        entity: Subject, isNew: Bool, version: Int, append: (inout JSONWriter) -> Void
    ) {
        self.init(
            status: isNew ? 201 : 200, location: isNew ? EntityPath.of(entity) : nil,
            append: append)
        etag = EntityTag.text(version)
    }

    private init(status: Int, location: String? = nil, append: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(reserving: 512)
        append(&writer)
        self.init(status: status, location: location, body: writer.bytes)
    }

    /// 202 with the id of one event, or an array with an id or a problem for each item.
    private static func accepted(
        _ results: [Result<UniqueID, Refusal>], isArray: Bool, traceID: String
    ) -> RenderedAnswer {
        var writer = JSONWriter(reserving: 64 * results.count)
        var location: String?
        if isArray { writer.beginArray() }
        for result in results {
            switch result {
            case .success(let id):
                EventJSON.appendReference(id, to: &writer)
                if !isArray { location = EventJSON.path(id) }
            case .failure(let refusal):
                writer.beginObject()
                writer.name("problem")
                ProblemJSON.append(refusal, traceID: traceID, to: &writer)
                writer.endObject()
            }
        }
        if isArray { writer.endArray() }
        return RenderedAnswer(status: 202, location: location, body: writer.bytes)
    }

    /// The same answer, marked as given before.
    package var replayed: RenderedAnswer {
        var answer = self
        answer.isReplay = true
        return answer
    }
}
