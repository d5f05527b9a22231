// A listening socket of one loop. Each loop has its own on the same port (SO_REUSEPORT), so the
// kernel spreads connections and no lock is shared.

import CLinux
import Glibc

/// The address of a peer: 16 bytes, IPv4 mapped into IPv6, so that one key serves both.
package struct PeerAddress: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// What accepting gave.
package enum AcceptOutcome: Sendable {
    case accepted(descriptor: Int32, address: PeerAddress)
    case wouldBlock
    /// No descriptor is free: leave the rest in the queue for a while.
    case exhausted
    /// The peer went away before it was accepted.
    case aborted
}

/// A listening TCP socket.
package struct Listener: ~Copyable {
    package let descriptor: Descriptor

    private static let unsentBytesMax: Int32 = 131_072

    /// Listens on an IPv4 or IPv6 address.
    ///
    /// With port 0 the kernel chooses one.
    package init(host: String, port: UInt16, backlog: Int32 = 4096) throws(Errno) {
        let number = try Listener.open(host)
        let descriptor = Descriptor(owning: number)
        _ = try Errno.check(lx_set_option(number, SOL_SOCKET, SO_REUSEPORT, 1))
        // Accepted sockets inherit both: small answers leave at once, and of what a peer can't
        // take yet only so much waits in the kernel.
        _ = lx_set_option(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        _ = lx_set_option(number, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Listener.unsentBytesMax)
        guard Listener.bind(number, host, port) == 0 else { throw Errno.current }
        guard listen(number, backlog) == 0 else { throw Errno.current }
        self.descriptor = descriptor
    }

    /// Throws when anybody listens on a port, be it one who would share it.
    package static func checkFree(host: String, port: UInt16) throws(Errno) {
        let number = try Listener.open(host)
        let descriptor = Descriptor(owning: number)
        guard bind(descriptor.number, host, port) == 0 else { throw Errno.current }
    }

    /// Takes over a descriptor that already listens.
    package init(owning number: Int32) {
        descriptor = Descriptor(owning: number)
    }

    /// Takes one waiting connection.
    package func accept() -> AcceptOutcome { Listener.accept(at: descriptor.number) }

    /// Gives the descriptor away, unclosed, to the thread that will accept.
    package consuming func release() -> Int32 {
        descriptor.release()
    }

    /// The port that it listens on.
    package var port: UInt16 { Listener.port(of: descriptor.number) }

    /// The port that a descriptor listens on; 0 when it doesn't.
    package static func port(of number: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe getsockname(number, generic, &length)
            }
        }
        // The port lies at the same place for both families.
        return result == 0 ? UInt16(bigEndian: address.sin6_port) : 0
    }

    /// Another number of a descriptor that listens, for one more loop.
    package static func duplicate(_ number: Int32) throws(Errno) -> Int32 {
        try Errno.check(lx_duplicate(number))
    }

    /// Takes one connection that waits at a descriptor which listens.
    ///
    /// The C function is `accept4`.
    package static func accept(at number: Int32) -> AcceptOutcome {
        var raw = [UInt8](repeating: 0, count: 16)
        var port: UInt16 = 0
        let result = unsafe raw.withUnsafeMutableBufferPointer { buffer in
            unsafe lx_accept(number, buffer.baseAddress, &port)
        }
        if result >= 0 {
            let high = raw[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let low = raw[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return .accepted(descriptor: result, address: PeerAddress(high: high, low: low))
        }
        switch -result {
        case EAGAIN: return .wouldBlock
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        default: return .aborted
        }
    }

    private static func isIPv6(_ host: String) -> Bool { host.utf8.contains(UInt8(ascii: ":")) }

    /// A socket for an address, which may be bound while old connections to it fade away.
    private static func open(_ host: String) throws(Errno) -> Int32 {
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        let number = socket(isIPv6(host) ? AF_INET6 : AF_INET, kind, 0)
        guard number >= 0 else { throw Errno.current }
        _ = lx_set_option(number, SOL_SOCKET, SO_REUSEADDR, 1)
        return number
    }

    private static func bind(_ number: Int32, _ host: String, _ port: UInt16) -> Int32 {
        isIPv6(host) ? bindIPv6(number, host, port) : bindIPv4(number, host, port)
    }

    private static func bindIPv4(_ number: Int32, _ host: String, _ port: UInt16) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            errno = EINVAL
            return -1
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.bind(number, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func bindIPv6(_ number: Int32, _ host: String, _ port: UInt16) -> Int32 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        guard unsafe inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else {
            errno = EINVAL
            return -1
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.bind(number, generic, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
