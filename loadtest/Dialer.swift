// Opens client connections. Many streams from one address would use up its ports, so they can be
// spread over several addresses of the loopback network.

import Glibc
import Reactor

/// Starts TCP connections to a target.
enum Dialer {
    /// Starts a connection and returns its non-blocking descriptor, writable once it is there.
    ///
    /// With a `sourceIndex` the connection comes from 127.0.0.2 and up, so that each of these
    /// addresses has ports of its own; it is ignored for IPv6.
    static func connect(
        to target: LoadTestTarget, sourceIndex: Int?, receiveBufferBytes: Int32? = nil
    ) throws(Errno) -> Int32 {
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        let number = socket(target.isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        guard number >= 0 else { throw Errno(code: errno) }
        Socket.disableDelay(number)
        if let receiveBufferBytes {
            Socket.setReceiveBuffer(number, bytes: receiveBufferBytes)
        }
        if let sourceIndex, !target.isIPv6 { bindSource(number, sourceIndex) }
        let result = target.isIPv6 ? connectIPv6(number, target) : connectIPv4(number, target)
        guard result == 0 || errno == EINPROGRESS else {
            let error = Errno(code: errno)
            Socket.close(number)
            throw error
        }
        return number
    }

    /// Allows this process as many descriptors as the system lets it, and says how many.
    static func raiseDescriptorLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(resource, &limit)
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    private static func bindSource(_ number: Int32, _ index: Int) {
        // The kernel chooses the port when it knows the other end; else one port serves one
        // connection alone. Without the binding the stream comes from 127.0.0.1, which is right
        // too.
        var one: Int32 = 1
        _ = unsafe setsockopt(
            number, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &one,
            socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = (UInt32(0x7F00_0002) + UInt32(index)).bigEndian
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(number, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connectIPv4(_ number: Int32, _ target: LoadTestTarget) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = target.port.bigEndian
        guard unsafe inet_pton(AF_INET, target.host, &address.sin_addr) == 1 else {
            errno = EINVAL
            return -1
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(number, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connectIPv6(_ number: Int32, _ target: LoadTestTarget) -> Int32 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = target.port.bigEndian
        guard unsafe inet_pton(AF_INET6, target.host, &address.sin6_addr) == 1 else {
            errno = EINVAL
            return -1
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(number, generic, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
