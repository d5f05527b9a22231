// Whose a connection and a request are. Without trusted proxies both are the address that the
// kernel tells. A trusted proxy's connection is, by the PROXY protocol, one client's for its whole
// life, or it carries requests of many, each with its own address in a field. A stream has its
// connection to itself, so from its beginning the connection is its client's, too.
//
// The address of a connection counts for `--address-connections`, stands in `/admin/connections`
// and says why a stream ended; that of a request counts for the rate limit and stands in the audit
// trail and the log. The connections of a proxy itself are not counted: all its clients share them.

import Domain
import Reactor
import Wire

/// Why a connection was closed that was to begin with a PROXY header.
enum ProxyRefusal: String, CaseIterable, Sendable {
    /// It comes from nobody who is trusted.
    case untrusted
    /// It begins with something else.
    case malformed
    /// It did not send it in time.
    case late
}

extension GatewayLoop {
    /// What a new connection is by its address; nil when it may not be.
    func flags(ofNewcomerFrom address: IPAddress) -> ConnectionFlags? {
        let isProxy = !settings.trustedProxies.isEmpty && settings.trustedProxies.contains(address)
        if settings.expectsProxyHeader {
            if isProxy { return [.isFromProxy, .awaitsProxyHeader] }
            counters.proxyRefusals.add(1, to: .untrusted)
            return nil
        }
        if isProxy { return .isFromProxy }
        guard let quota = shared.addressQuota else { return [] }
        return quota.take(RateClient(address: address)) ? .countsForAddress : nil
    }

    /// Bytes of a connection whose PROXY header is not whole yet; how many of those that were kept
    /// are the header, nil when it isn't whole or was refused.
    func proxyBytes(_ slot: Int, _ bytes: ArraySlice<UInt8>) -> Int? {
        connections[slot].input.append(contentsOf: bytes)
        let input = connections[slot].input
        switch ProxyHeader.parse(input.span) {
        case .needMore: return nil
        case .bad:
            refuseProxyHeader(slot, .malformed)
            return nil
        case .header(let header):
            connections[slot].flags.remove(.awaitsProxyHeader)
            if let source = header.source, !comes(slot, from: source) {
                counters.refusedConnections.add(1)
                close(slot)
                return nil
            }
            return header.length
        }
    }

    /// Closes a connection without a word: whoever sends no header may not understand HTTP either.
    func refuseProxyHeader(_ slot: Int, _ refusal: ProxyRefusal) {
        counters.proxyRefusals.add(1, to: refusal)
        close(slot)
    }

    /// A request with whom it comes from.
    func incoming(
        _ slot: Int, _ head: HTTPRequest, in bytes: borrowing Span<UInt8>
    ) -> IncomingRequest {
        let request = IncomingRequest(head, in: bytes)
        let address = connections[slot].address
        request.source =
            connections[slot].flags.contains(.isFromProxy)
            ? settings.trustedProxies.source(of: head, in: bytes, from: address)
            : ForwardedSource(
                address: address, isSecure: connections[slot].flags.contains(.isEncrypted))
        return request
    }

    /// A connection becomes its client's own, but for another proxy's, which stays one of a proxy.
    ///
    /// False when that address has too many; then it is what it was.
    func comes(_ slot: Int, from address: IPAddress) -> Bool {
        guard connections[slot].flags.contains(.isFromProxy) else { return true }
        let isProxy = settings.trustedProxies.contains(address)
        if !isProxy, let quota = shared.addressQuota {
            guard quota.take(RateClient(address: address)) else { return false }
            connections[slot].flags.insert(.countsForAddress)
        }
        if !isProxy { connections[slot].flags.remove(.isFromProxy) }
        connections[slot].address = address
        return true
    }
}
