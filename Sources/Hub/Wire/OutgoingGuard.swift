// Where the hub itself may connect to. A URL that somebody gave must not lead it to what only it
// can reach: the machine it runs on, the network behind it, the cloud's metadata (OWASP Server-Side
// Request Forgery Prevention). What counts is the address that is connected to, not the name: a
// name may lead elsewhere the second time that it is looked up.

/// Decides whether an address may be spoken to.
package struct OutgoingGuard: Sendable {
    private let allowed: [IPNetwork]

    /// A guard that lets through what is public, and these networks besides.
    package init(allowing networks: [IPNetwork] = []) {
        allowed = networks
    }

    /// Whether the hub may connect to an address.
    package func allows(_ address: IPAddress) -> Bool {
        allowed.contains { $0.contains(address) } || OutgoingGuard.isPublic(address)
    }

    /// Whether an address is one of the public internet, by the registries of special-purpose
    /// addresses (RFC 6890).
    private static func isPublic(_ address: IPAddress) -> Bool {
        if address.isIPv4 { return !specialIPv4.contains { $0.contains(address) } }
        // Nothing else is given out: so loopback, link-local, unique local, multicast, NAT64
        // (64:ff9b::/96) and an IPv4 address at the end of zeros are none.
        guard address.high >> 61 == 0b001 else { return false }
        return !specialIPv6.contains { $0.contains(address) }
    }

    private static let specialIPv4 = networks(
        // This host and network, private, shared by carriers, loopback, link-local.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.168.0.0/16",
        // Protocols, documentation, 6to4 relays, benchmarks.
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24",
        // Multicast, and what is reserved, broadcast included.
        "224.0.0.0/4", "240.0.0.0/4",
        // Azure's own services, which its machines alone reach.
        "168.63.129.16")

    private static let specialIPv6 = networks(
        // Protocols, Teredo among them, and documentation.
        "2001::/23", "2001:db8::/32", "3fff::/20",
        // 6to4: an IPv4 address of anybody's choice inside.
        "2002::/16")

    private static func networks(_ texts: String...) -> [IPNetwork] {
        texts.map { text in
            do throws(IPNetwork.Fault) {
                return try IPNetwork(text)
            } catch {
                preconditionFailure("\(text) \(error.reason)")
            }
        }
    }
}
