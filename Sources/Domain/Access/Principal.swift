// Who asks, and in which trace: what a command carries besides its own content.

/// The authenticated caller: the subject of a token, its roles and its teams.
package struct Principal: Hashable, Sendable {
    /// The token's `sub`.
    package let subject: String
    package let roles: RoleSet
    /// Sorted, each once.
    package let teams: [String]

    package init(subject: String, roles: RoleSet, teams: [String] = []) {
        self.subject = subject
        self.roles = roles
        self.teams = teams.count < 2 ? teams : Array(Set(teams)).sorted()
    }
}

/// The W3C trace that a request belongs to.
package struct TraceContext: Hashable, Sendable {
    /// `00-<32 hex>-<16 hex>-<2 hex>`, as passed on (W3C Trace Context §3.2).
    package let traceparent: String

    package init(traceparent: String) {
        self.traceparent = traceparent
    }

    /// The 32 hexadecimal digits of the trace id.
    package var traceID: String {
        String(decoding: traceparent.utf8.dropFirst(3).prefix(32), as: UTF8.self)
    }
}
