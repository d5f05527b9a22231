// A browser's session in cookies: scripts can't read them, other sites' pages don't send them, and
// what they do send by other ways is refused (OWASP CSRF Prevention: SameSite, Sec-Fetch-Site,
// Origin). Behind https their names begin with `__Host-`, which browsers keep for what this very
// host has set over https: no neighbour of its domain can slip in one of theirs.

import Domain
import Wire

/// The names and attributes of a session's two cookies.
struct SessionCookies: Equatable {
    /// Whether the browser reached the hub by https, and nothing else may carry the cookies.
    let isSecure: Bool

    // RFC 6265bis §4.1.3.2: Secure, of the path `/`, and without a domain.
    private var accessName: String { isSecure ? "__Host-hub_access" : "hub_access" }
    private var refreshName: String { isSecure ? "__Host-hub_refresh" : "hub_refresh" }

    /// The access token that a browser sends.
    func access(_ request: IncomingRequest) -> String? {
        request.cookie.flatMap { CookieField.values(accessName, in: $0).first }
    }

    /// The refresh token that a browser sends.
    func refresh(_ request: IncomingRequest) -> String? {
        request.cookie.flatMap { CookieField.values(refreshName, in: $0).first }
    }

    /// The name of one that came twice: one of the two is somebody else's.
    func repeated(_ request: IncomingRequest) -> String? {
        guard let cookie = request.cookie else { return nil }
        return [accessName, refreshName].first { CookieField.values($0, in: cookie).count > 1 }
    }

    /// The lines that give a browser both.
    func lines(
        access: String, ageSeconds: Int64, refresh: String, refreshAgeSeconds: Int64
    ) -> [String] {
        [
            CookieField.set(accessName, access, ageSeconds: ageSeconds, isSecure: isSecure),
            CookieField.set(
                refreshName, refresh, ageSeconds: refreshAgeSeconds, isSecure: isSecure),
        ]
    }

    /// The lines that take both away.
    var cleared: [String] { lines(access: "", ageSeconds: 0, refresh: "", refreshAgeSeconds: 0) }
}

extension GatewayLoop {
    /// The cookies of the browser that a request comes from: how it reached the hub is set, or else
    /// known from its connection or from a trusted proxy.
    func cookies(_ request: IncomingRequest) -> SessionCookies {
        SessionCookies(isSecure: settings.publicOrigin?.isSecure ?? request.source.isSecure)
    }
}
