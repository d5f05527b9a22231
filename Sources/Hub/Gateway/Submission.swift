// Commands on their way to the committer: decoded, given ids and an idempotency key, parked in
// their connection's exchanges, posted with all others of this turn, and answered on mail.

import Domain
import EventLog
import Reactor
import Store
import TLS
import Wire

extension GatewayLoop {
    /// Decodes a command and queues it for the committer.
    func submit(_ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken) throws(Refusal) {
        let request = admitted.request
        try CommandHeaders.checkMediaType(request.contentType, route: admitted.route)
        try CommandHeaders.checkContentEncoding(request.contentEncoding)
        let command = try CommandDecoder(admitted: admitted, model: models.current)
            .command(ids: &ids)
        let context = CommandContext(
            principal: token.principal, trace: admitted.trace, auditID: ids.next(),
            idempotency: try CommandHeaders.idempotencyKey(request))
        let ticket = park(slot, admitted)
        outgoingCommands.append(
            CommandRequest(
                ticket: ticket, command: command, context: context,
                receivedMilliseconds: nowMilliseconds))
    }

    /// Gives a request a place in its connection's exchanges.
    func park(_ slot: Int, _ admitted: AdmittedRequest, reader: Principal? = nil) -> Ticket {
        var exchange = makeExchange(
            slot, admitted.request, admitted.route, admitted.trace, admitted.rate)
        if let reader {
            exchange.reader = reader.subject
            exchange.visibility = VisibilityClass(of: reader.roles)
            exchange.limited = admitted.route.limited(reader)
        }
        if !admitted.route.isCommand {
            exchange.collection = NextPage.collection(admitted.request)
        }
        connections[slot].exchanges.append(exchange)
        return Ticket(
            loop: index, connection: connections.token(slot).rawValue,
            sequence: exchange.sequence)
    }

    /// The committer's answer to a parked command.
    func answered(_ ticket: Ticket, _ answer: RenderedAnswer) {
        guard let slot = connections.slot(ConnectionToken(rawValue: ticket.connection)) else {
            return
        }
        var answer = answer
        if answer.grant != nil || answer.status == 204 {
            giveTokens(&answer, in: connections[slot].exchanges, ticket.sequence)
        }
        complete(slot, ticket.sequence, answer)
    }
}

/// Headers that commands understand.
enum CommandHeaders {
    /// The longest idempotency key (Stripe's limit).
    static let idempotencyKeyBytesMax = 255

    static func checkMediaType(_ contentType: String?, route: Route) throws(Refusal) {
        guard let contentType else { return }
        let name = contentType.split(separator: ";", omittingEmptySubsequences: false)[0]
            .drop { $0 == " " || $0 == "\t" }
        let end = name.lastIndex { $0 != " " && $0 != "\t" }
        let type = end.map { name[...$0].lowercased() } ?? ""
        switch (type, route) {
        case ("application/json", _): return
        case ("application/merge-patch+json", _) where route.isPatch: return
        case ("application/cloudevents+json", .publishEvents): return
        case ("application/cloudevents-batch+json", .publishEvents): return
        default: throw .unsupportedMediaType(expected: "application/json")
        }
    }

    /// No body is taken in a coding (RFC 9110 §8.4): the limit of its size would mean nothing.
    static func checkContentEncoding(_ contentEncoding: String?) throws(Refusal) {
        guard let contentEncoding, contentEncoding.lowercased() != "identity" else { return }
        throw .unsupportedContentEncoding
    }

    static func allowDuplicate(_ admitted: AdmittedRequest) throws(Refusal) -> Bool {
        let takesDuplicates = admitted.route == .createLead || admitted.route == .updateLead
        var allow = false
        for item in admitted.parameters.items {
            guard item.name == "allow_duplicate", takesDuplicates else {
                throw .badParameter(item.name, "is not known here")
            }
            guard item.value == "true" || item.value == "false" else {
                throw .badParameter(item.name, "must be true or false")
            }
            allow = item.value == "true"
        }
        return allow
    }

    /// `Idempotency-Key`, quoted or bare; the fingerprint covers method, target and body.
    static func idempotencyKey(_ request: IncomingRequest) throws(Refusal) -> IdempotencyKey? {
        guard var key = request.idempotencyKey, request.method == .post else { return nil }
        if key.utf8.count >= 2, key.hasPrefix("\""), key.hasSuffix("\"") {
            key = String(key.dropFirst().dropLast())
        }
        guard (1...idempotencyKeyBytesMax).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .badParameter("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
        }
        let target = request.query.isEmpty ? request.path : request.path + "?" + request.query
        var message = Array("\(request.method.name) \(target)\n".utf8)
        message.append(contentsOf: request.body)
        return IdempotencyKey(key: key, fingerprint: Array(Digest.sha256(message).prefix(16)))
    }

    /// The versions that `If-Match` accepts.
    ///
    /// Strong comparison, so a weak tag matches nothing (RFC 9110 §13.1.1). `*` and no header
    /// accept any. The tag of what is scored may count its scores behind a dot: a score is no
    /// change of what a client edits, so it is not compared.
    static func versions(
        ifMatch: String?, isScored: Bool = false
    ) throws(Refusal) -> [Int]? {
        guard let ifMatch else { return nil }
        var versions: [Int] = []
        for part in ifMatch.split(separator: ",") {
            let tag = part.filter { $0 != " " && $0 != "\t" }
            if tag == "*" { return nil }
            guard tag.hasPrefix("\""), tag.hasSuffix("\""), tag.utf8.count >= 2 else { continue }
            let numbers = tag.dropFirst().dropLast().split(
                separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard numbers.count == 1 || isScored,
                numbers.allSatisfy({ text in Int(text).map { String($0) == text } ?? false })
            else { continue }
            versions += numbers.prefix(1).compactMap { Int($0) }
        }
        return versions
    }
}
