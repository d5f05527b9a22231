// Non-blocking sockets: each call once, its outcomes as values. "Would block" is an outcome, not
// an error; a peer that went away is one too.

import CLinux
import Glibc

/// What a receive gave.
package enum ReceiveOutcome: Equatable, Sendable {
    case bytes(Int)
    case wouldBlock
    /// The peer has sent its last byte.
    case ended
    case failed(Errno)
}

/// What a send took.
package enum SendOutcome: Equatable, Sendable {
    case sent(Int)
    case wouldBlock
    case failed(Errno)
}

/// Calls on connected sockets.
package enum Socket {
    /// Receives into a buffer, at most so much.
    ///
    /// The C function is `recv`.
    package static func receive(
        _ descriptor: Int32, into buffer: inout [UInt8], at offset: Int = 0,
        countMax: Int = .max
    ) -> ReceiveOutcome {
        precondition(offset < buffer.count)
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe lx_receive(
                descriptor, bytes.baseAddress?.advanced(by: offset),
                min(bytes.count - offset, countMax))
        }
        if result > 0 { return .bytes(result) }
        if result == 0 { return .ended }
        if result == -Int(EAGAIN) || result == -Int(EINTR) { return .wouldBlock }
        return .failed(Errno(code: Int32(-result)))
    }

    /// Receives into a buffer what a later receive will give once more.
    ///
    /// The C function is `recv` with MSG_PEEK.
    package static func peek(_ descriptor: Int32, into buffer: inout [UInt8]) -> ReceiveOutcome {
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe lx_peek(descriptor, bytes.baseAddress, bytes.count)
        }
        if result > 0 { return .bytes(result) }
        if result == 0 { return .ended }
        if result == -Int(EAGAIN) || result == -Int(EINTR) { return .wouldBlock }
        return .failed(Errno(code: Int32(-result)))
    }

    /// Sends a part of a buffer.
    ///
    /// The C function is `send`, without blocking and without SIGPIPE.
    package static func send(
        _ descriptor: Int32, _ bytes: [UInt8], _ range: Range<Int>
    ) -> SendOutcome {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        let result = unsafe bytes.withUnsafeBytes { buffer in
            unsafe lx_send(
                descriptor, buffer.baseAddress?.advanced(by: range.lowerBound), range.count)
        }
        if result >= 0 { return .sent(result) }
        if result == -Int(EAGAIN) || result == -Int(EINTR) { return .wouldBlock }
        return .failed(Errno(code: Int32(-result)))
    }

    /// Limits what the kernel keeps of what came; call it before the connection is made.
    ///
    /// The option is `SO_RCVBUF`.
    package static func setReceiveBuffer(_ descriptor: Int32, bytes: Int32) {
        _ = lx_set_option(descriptor, SOL_SOCKET, SO_RCVBUF, bytes)
    }

    /// Lets the kernel note when bytes come.
    package static func stampArrivals(_ descriptor: Int32) {
        _ = lx_stamp_arrivals(descriptor)
    }

    /// When the first bytes came that wait to be read, on the realtime clock; nil: none do.
    package static func arrivalNanoseconds(_ descriptor: Int32) -> Int64? {
        let nanoseconds = lx_arrival_ns(descriptor)
        return nanoseconds < 0 ? nil : nanoseconds
    }

    /// Says that nothing more will be sent.
    ///
    /// The C function is `shutdown`.
    package static func finishSending(_ descriptor: Int32) {
        _ = Glibc.shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes a descriptor that is kept as a number in a slab.
    ///
    /// The C function is `close`.
    package static func close(_ descriptor: Int32) {
        _ = Glibc.close(descriptor)
    }

    /// How many bytes wait in the kernel for a peer that doesn't read; 0 when it can't be told.
    ///
    /// The C function is `ioctl` with SIOCOUTQ.
    package static func unsentByteCount(_ descriptor: Int32) -> Int {
        Int(max(0, lx_unsent_bytes(descriptor)))
    }

    /// Lets the kernel forget what was not sent when the descriptor is closed (SO_LINGER 0).
    package static func discardUnsent(_ descriptor: Int32) {
        _ = lx_discard_unsent(descriptor)
    }

    /// Sends small segments at once (TCP_NODELAY).
    package static func disableDelay(_ descriptor: Int32) {
        _ = lx_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Starts a TCP connection to an IPv4 address; it is writable when it is there.
    ///
    /// For clients.
    package static func connect(host: String, port: UInt16) throws(Errno) -> Descriptor {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw Errno(code: EINVAL)
        }
        let number = socket(
            AF_INET,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Errno.current }
        let descriptor = Descriptor(owning: number)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(number, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0, errno != EINPROGRESS { throw Errno.current }
        return descriptor
    }

    /// The error of a connection attempt; nil when it succeeded.
    package static func connectError(_ descriptor: Int32) -> Errno? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard result == 0 else { return Errno.current }
        return code == 0 ? nil : Errno(code: code)
    }
}
