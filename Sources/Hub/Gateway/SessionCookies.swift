// A browser's session in cookies: scripts can't read them, other sites' pages don't send them, and
// what they do send by other ways is refused (OWASP CSRF Prevention: SameSite, Sec-Fetch-Site,
// Origin).

import Domain
import Wire

/// The names and attributes of a session's two cookies.
struct SessionCookies: Sendable {
    /// Whether browsers reach the hub by https, and nothing else may carry the cookies.
    let isSecure: Bool

    /// For every path of this host alone.
    private var accessName: String { isSecure ? "__Host-hub_access" : "hub_access" }
    /// For the paths of sessions alone.
    private var refreshName: String { isSecure ? "__Secure-hub_refresh" : "hub_refresh" }
    private static let refreshPath = "/auth"

    /// The access token that a browser sends.
    func access(_ request: IncomingRequest) -> String? {
        request.cookie.flatMap { CookieField.value(accessName, in: $0) }
    }

    /// The refresh token that a browser sends.
    func refresh(_ request: IncomingRequest) -> String? {
        request.cookie.flatMap { CookieField.value(refreshName, in: $0) }
    }

    /// The lines that give a browser both.
    func lines(
        access: String, ageSeconds: Int64, refresh: String, refreshAgeSeconds: Int64
    ) -> [String] {
        [
            CookieField.set(
                accessName, access, path: "/", ageSeconds: ageSeconds, isSecure: isSecure),
            CookieField.set(
                refreshName, refresh, path: SessionCookies.refreshPath,
                ageSeconds: refreshAgeSeconds, isSecure: isSecure),
        ]
    }

    /// The lines that take both away.
    var cleared: [String] { lines(access: "", ageSeconds: 0, refresh: "", refreshAgeSeconds: 0) }
}

extension GatewayLoop {
    /// The cookies that a request may have, by how it came.
    func cookies(of request: IncomingRequest) -> SessionCookies {
        settings.cookies(isSecure: request.source.isSecure)
    }

    /// Refuses what a page of elsewhere makes a browser send: with cookies, a request that changes
    /// something says where it comes from.
    func refuseForeign(_ request: IncomingRequest) throws(Refusal) {
        if request.method == .get || request.method == .head { return }
        if let origin = request.origin, settings.corsOrigins.contains(origin) { return }
        let isOwn =
            request.fetchSite.map { $0 == "same-origin" }
            ?? (request.origin != nil && !request.isFromElsewhere)
        guard isOwn else { throw .originNotAllowed(request.origin ?? "elsewhere") }
    }
}
