// Which pages may act in somebody's name: the hub's own, and those that are named. A page's origin
// is what its browser says (`Sec-Fetch-Site`, `Origin`); where the hub is, is `--public-url`, or
// else what the request was sent to. Without that setting a proxy may speak https and not tell, so
// the scheme is compared only where it is known.

import Domain
import Wire

/// The origins whose pages may call with credentials.
struct PageOrigins: Sendable {
    /// Where browsers reach the hub; nil: wherever a request was sent to.
    let own: WebOrigin?
    /// Others', as browsers write them.
    let allowed: [String]

    /// Whether a page of elsewhere sent a request; clients that are no browsers name none.
    func isForeign(_ request: IncomingRequest) -> Bool {
        guard let text = request.origin, !allowed.contains(text) else { return false }
        guard let origin = WebOrigin(text) else { return true }
        if let own { return origin != own }
        guard let host = request.host else { return true }
        let isSecure = request.source.isSecure || origin.isSecure
        return origin != WebOrigin(isSecure: isSecure, host: host)
    }

    /// Refuses what a page of elsewhere makes a browser send with its cookies: a request that
    /// changes something has to say where it comes from.
    func refuseForeign(_ request: IncomingRequest) throws(Refusal) {
        if request.method == .get || request.method == .head { return }
        if let origin = request.origin, allowed.contains(origin) { return }
        let isOwn =
            request.fetchSite.map { $0 == "same-origin" }
            ?? (request.origin != nil && !isForeign(request))
        guard isOwn else { throw .originNotAllowed(request.origin ?? "elsewhere") }
    }
}
