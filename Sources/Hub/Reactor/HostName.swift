// Names of machines. The system is asked once, at the start, for its answer may take seconds.

import CLinux
import Glibc

/// Why a name has no address, in the C library's words.
package struct HostNameFailure: Error, Equatable {
    package let reason: String
}

/// Looking names up.
package enum HostName {
    /// The address of a name, or of an address itself: its first of IPv4, else its first of IPv6.
    ///
    /// May block for as long as the system looks for it.
    package static func address(of name: String) throws(HostNameFailure) -> String {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else {
            throw HostNameFailure(reason: unsafe String(cString: gai_strerror(code)))
        }
        defer { unsafe freeaddrinfo(list) }
        var first: String?
        var next = unsafe list
        while let entry = unsafe next {
            let text = unsafe numeric(entry.pointee)
            if unsafe entry.pointee.ai_family == AF_INET, let text { return text }
            first = first ?? text
            unsafe next = entry.pointee.ai_next
        }
        guard let first else { throw HostNameFailure(reason: "it has no address") }
        return first
    }

    private static func numeric(_ entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: 256)
        let code = unsafe getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
