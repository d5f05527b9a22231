// A TCP connection to this machine that blocks, but never longer than it was told.

import CLinux
import Foundation
import Synchronization
import TLS

/// Why a connection can't be used any more.
package enum ConnectionFailure: Error, Equatable {
    /// Nobody listens, or the kernel says why not.
    case refused(errno: Int32)
    /// The peer ended it before all had come that was awaited.
    case closed
    /// Nothing came for so long.
    case timedOut
    /// What came is not what the protocol says.
    case malformed(String)
}

/// Ports at which every client of a test speaks TLS.
package enum SecurePorts {
    private static let ports = Mutex<Set<Int>>([])

    /// From now on TLS is spoken at a port.
    package static func insert(_ port: Int) { ports.withLock { _ = $0.insert(port) } }

    static func contains(_ port: Int) -> Bool { ports.withLock { $0.contains(port) } }
}

/// One connection, with TLS if its port is one of `SecurePorts`; closed when it is let go.
package final class TestSocket {
    private let descriptor: Int32
    private var tls: TLSConnection?
    /// Received and not yet taken.
    private var received: [UInt8] = []

    /// Connects, and says something before TLS begins: the header of a proxy.
    package init(port: Int, preface: [String] = []) throws(ConnectionFailure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
        guard descriptor >= 0 else { throw .refused(errno: errno) }
        var address = TestSocket.loopback(port)
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else {
            let reason = errno
            throw .refused(errno: reason)
        }
        _ = lx_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        for part in preface { try send(part) }
        if SecurePorts.contains(port) { try startTLS() }
    }

    private func startTLS() throws(ConnectionFailure) {
        // A server that says nothing must not hold the test up.
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // libssl writes as to a file; a peer that went away must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        guard let context = TLSContext(),
            let connection = TLSConnection(connecting: descriptor, context)
        else { throw .malformed("no TLS") }
        guard connection.handshake() == .done else { throw .closed }
        tls = connection
    }

    deinit {
        _ = tls?.finishSending()
        Glibc.close(descriptor)
    }

    /// 127.0.0.1 and a port.
    static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return address
    }

    /// Sends everything.
    package func send(_ bytes: [UInt8], timeoutSeconds: Double = 10) throws(ConnectionFailure) {
        if let tls {
            guard tls.send(bytes, bytes.indices) == .taken(bytes.count) else { throw .closed }
            return
        }
        let deadline = Deadline(seconds: timeoutSeconds)
        var start = 0
        while start < bytes.count {
            let sent = bytes.withUnsafeBytes { buffer in
                lx_send(descriptor, buffer.baseAddress?.advanced(by: start), buffer.count - start)
            }
            if sent >= 0 {
                start += sent
            } else if sent == -Int(EAGAIN) {
                guard wait(for: POLLOUT, until: deadline) else { throw .timedOut }
            } else if sent != -Int(EINTR) {
                throw .closed
            }
        }
    }

    /// Sends a text.
    package func send(_ text: String, timeoutSeconds: Double = 10) throws(ConnectionFailure) {
        try send(Array(text.utf8), timeoutSeconds: timeoutSeconds)
    }

    /// Says that nothing more will be sent.
    package func finishSending() {
        _ = tls?.finishSending()
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Lets the kernel note when bytes come, from now on.
    package func stampArrivals() {
        _ = lx_stamp_arrivals(descriptor)
    }

    /// When the next bytes came, in nanoseconds of the real time; waits for them.
    package func arrival(until deadline: Deadline) throws(ConnectionFailure) -> Int64 {
        guard wait(for: POLLIN, until: deadline) else { throw .timedOut }
        let nanoseconds = lx_arrival_ns(descriptor)
        guard nanoseconds >= 0 else { throw .closed }
        return nanoseconds
    }

    /// Takes what is there or comes next.
    package func receive(until deadline: Deadline) throws(ConnectionFailure) -> [UInt8] {
        if !received.isEmpty {
            defer { received = [] }
            return received
        }
        return try receiveMore(until: deadline)
    }

    /// Takes bytes up to and with the first place that holds `end`.
    package func receive(
        through end: [UInt8], until deadline: Deadline
    ) throws(ConnectionFailure) -> [UInt8] {
        var searched = 0
        while true {
            var index = max(0, searched - end.count)
            while index + end.count <= received.count {
                if received[index..<index + end.count].elementsEqual(end) {
                    return take(index + end.count)
                }
                index += 1
            }
            searched = received.count
            received += try receiveMore(until: deadline)
        }
    }

    /// Takes exactly so many bytes.
    package func receive(count: Int, until deadline: Deadline) throws(ConnectionFailure) -> [UInt8]
    {
        while received.count < count { received += try receiveMore(until: deadline) }
        return take(count)
    }

    /// Takes all until the peer closes.
    package func receiveToEnd(until deadline: Deadline) throws(ConnectionFailure) -> [UInt8] {
        while true {
            do throws(ConnectionFailure) {
                received += try receiveMore(until: deadline)
            } catch {
                guard error == .closed else { throw error }
                return take(received.count)
            }
        }
    }

    /// Whether the peer has closed, with nothing left to read.
    package func isClosed(withinSeconds seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        do throws(ConnectionFailure) {
            while true { _ = try receive(until: deadline) }
        } catch {
            return error == .closed
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        let bytes = Array(received[..<count])
        received.removeFirst(count)
        return bytes
    }

    private func receiveMore(until deadline: Deadline) throws(ConnectionFailure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            guard wait(for: POLLIN, until: deadline) else { throw .timedOut }
            let count = receive(into: &buffer)
            if count > 0 { return Array(buffer[..<count]) }
            if count == -Int(EINTR) || count == -Int(EAGAIN) { continue }
            throw .closed
        }
    }

    /// As `recv` of C, with the error in the result.
    private func receive(into buffer: inout [UInt8]) -> Int {
        guard let tls else {
            return buffer.withUnsafeMutableBytes {
                lx_receive(descriptor, $0.baseAddress, $0.count)
            }
        }
        switch tls.receive(into: &buffer) {
        case .bytes(let count): return count
        case .awaitsBytes, .awaitsRoom: return -Int(EAGAIN)
        case .ended: return 0
        case .failed: return -Int(ECONNRESET)
        }
    }

    private func wait(for events: Int32, until deadline: Deadline) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let count = poll(&entry, 1, deadline.millisecondsLeft)
            if count > 0 { return true }
            if count == 0, deadline.isOver { return false }
        }
    }
}

/// Ports for hubs under test.
package enum TestPort {
    /// A port that nobody uses, below those that the kernel gives to clients: a client that retries
    /// while its hub is down could otherwise connect to itself, and keep the hub from its port.
    package static func free() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 15_000..<32_000)
            let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
            defer { Glibc.close(probe) }
            var address = TestSocket.loopback(port)
            let outcome = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if outcome == 0 { return port }
        }
        throw ProcessFailure("no port is free")
    }
}
