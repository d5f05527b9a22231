// Who asks, and in which trace: what a command carries besides its own content.

/// The authenticated caller: the subject of a token, its roles and its teams.
package struct Principal: Hashable, Sendable {
    /// The token's `sub`, as one is told from another.
    package let exactSubject: ExactText
    package let roles: RoleSet
    private let exactTeams: [ExactText]

    package init(subject: String, roles: RoleSet, teams: [String] = []) {
        exactSubject = ExactText(subject)
        self.roles = roles
        exactTeams = Set(teams.map { ExactText($0) }).sorted()
    }

    /// The token's `sub`.
    package var subject: String { exactSubject.text }
    /// Sorted, each once.
    package var teams: [String] { exactTeams.map(\.text) }
}

/// Who a token speaks for, and which token it is.
package struct Credential: Hashable, Sendable {
    package let principal: Principal
    /// `jti`, if it has one.
    package let tokenID: ExactText?
    /// `sid`, if it was issued in a session.
    package let sessionID: ExactText?
    /// `iat`, in milliseconds since 1970, if it says so.
    package let issuedMilliseconds: Int64?

    package init(
        principal: Principal, tokenID: ExactText?, sessionID: ExactText? = nil,
        issuedMilliseconds: Int64?
    ) {
        self.principal = principal
        self.tokenID = tokenID
        self.sessionID = sessionID
        self.issuedMilliseconds = issuedMilliseconds
    }
}

/// The W3C trace that a request belongs to.
package struct TraceContext: Hashable, Sendable {
    /// `00-<32 hex>-<16 hex>-<2 hex>`, as passed on (W3C Trace Context §3.2).
    package let traceparent: String
    /// What the systems on the way say about the trace, as passed on (§3.3); nil for nothing.
    package let tracestate: String?

    package init(traceparent: String, tracestate: String? = nil) {
        self.traceparent = traceparent
        self.tracestate = tracestate
    }

    /// The 32 hexadecimal digits of the trace id.
    package var traceID: String {
        String(decoding: traceparent.utf8.dropFirst(3).prefix(32), as: UTF8.self)
    }
}
