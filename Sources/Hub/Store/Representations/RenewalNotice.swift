// How one instance tells the others of a fresh token: in a notification, for a token binds only
// streams that are open now. Revocations, which bind later ones, too, are kept in a table.

import Domain
import Wire

/// A renewal as the payload of a notification.
struct RenewalNotice: Equatable {
    /// The instance that tells of it.
    let instance: String
    let renewal: StreamRenewal

    /// The notification.
    ///
    /// Postgres passes on less than 8,000 bytes (its manual, NOTIFY); a token has room for 6,000.
    var payload: [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("instance", instance)
        writer.member("stream", renewal.stream)
        writer.member("sub", renewal.credential.principal.subject)
        writer.member("roles", renewal.credential.principal.roles.roles.map(\.rawValue))
        writer.member("teams", renewal.credential.principal.teams)
        if let id = renewal.credential.tokenID { writer.member("jti", id.text) }
        if let id = renewal.credential.sessionID { writer.member("sid", id.text) }
        if let time = renewal.credential.issuedMilliseconds { writer.member("iat_ms", Int(time)) }
        writer.member("exp", Int(renewal.expirySeconds))
        writer.endObject()
        return writer.bytes
    }

    /// A notice of some instance.
    init(instance: String, renewal: StreamRenewal) {
        self.instance = instance
        self.renewal = renewal
    }

    /// Reads a payload; nil for what is no renewal.
    init?(payload: String) {
        guard let document = try? JSONDocument(Array(payload.utf8)),
            let instance = RenewalNotice.text("instance", document),
            let stream = RenewalNotice.text("stream", document), StreamRenewal.isName(stream),
            let subject = RenewalNotice.text("sub", document),
            let expiry = RenewalNotice.integer("exp", document)
        else { return nil }
        let roles = RenewalNotice.texts("roles", document).compactMap { Role(rawValue: $0) }
        guard !roles.isEmpty else { return nil }
        self.instance = instance
        renewal = StreamRenewal(
            stream: stream,
            credential: Credential(
                principal: Principal(
                    subject: subject, roles: RoleSet(roles),
                    teams: RenewalNotice.texts("teams", document)),
                tokenID: RenewalNotice.text("jti", document).map { ExactText($0) },
                sessionID: RenewalNotice.text("sid", document).map { ExactText($0) },
                issuedMilliseconds: RenewalNotice.integer("iat_ms", document)),
            expirySeconds: expiry)
    }

    private static func text(_ name: String, _ document: JSONDocument) -> String? {
        document.member(name, of: document.root).flatMap { document.string($0) }
    }

    private static func texts(_ name: String, _ document: JSONDocument) -> [String] {
        guard let value = document.member(name, of: document.root),
            document.kind(value) == .array
        else { return [] }
        return document.elements(value).compactMap { document.string($0) }
    }

    private static func integer(_ name: String, _ document: JSONDocument) -> Int64? {
        document.member(name, of: document.root).flatMap { document.numberText($0) }
            .flatMap { Int64($0) }
    }
}
