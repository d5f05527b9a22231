// What the tests of the kernel's edge share: connected sockets, waiting without sleeping, and an
// owner of threads that are joined.

import Foundation
import Reactor
import Testing

/// Both ends of a TCP connection over loopback.
struct Connected: ~Copyable {
    let listener: Listener
    let client: Descriptor
    let server: Descriptor
    let address: PeerAddress

    /// Connects and accepts.
    init(host: String = "127.0.0.1") throws {
        let listener = try Listener(host: host, port: 0)
        let client = try Socket.connect(host: host, port: listener.port)
        guard waitFor(listener.descriptor.number, .read),
            case .accepted(let number, let address) = listener.accept()
        else { throw Failed(what: "nothing to accept") }
        self.listener = listener
        self.client = client
        self.server = Descriptor(owning: number)
        self.address = address
    }
}

/// A test that can't go on.
struct Failed: Error {
    let what: String
}

/// Waits until a descriptor is ready, at most ten seconds; false when it is not.
func waitFor(_ descriptor: Int32, _ interest: Interest) -> Bool {
    guard var poller = try? Poller(eventsMax: 1) else { return false }
    guard (try? poller.add(descriptor, token: 0, interest: interest)) != nil else { return false }
    let deadline = Clock.monotonicMilliseconds() + 10_000
    while Clock.monotonicMilliseconds() < deadline {
        if poller.sleepUntilReady(timeoutMilliseconds: 1000) > 0 { return true }
    }
    return false
}

/// Sends all bytes, waiting while the socket is full.
func sendAll(_ descriptor: Int32, _ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
        switch Socket.send(descriptor, bytes, sent..<bytes.count) {
        case .sent(let count): sent += count
        case .wouldBlock:
            guard waitFor(descriptor, .write) else { throw Failed(what: "the peer does not read") }
        case .failed(let error): throw error
        }
    }
}

/// Receives so many bytes, waiting for them.
func receiveAll(_ descriptor: Int32, count: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: max(1, count))
    var filled = 0
    while filled < count {
        switch Socket.receive(descriptor, into: &buffer, at: filled) {
        case .bytes(let more): filled += more
        case .wouldBlock:
            guard waitFor(descriptor, .read) else { throw Failed(what: "nothing comes") }
        case .ended: throw Failed(what: "ended after \(filled) bytes")
        case .failed(let error): throw error
        }
    }
    return Array(buffer[..<count])
}

/// Both ends of a pipe.
func makePipe() -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    let result = pipe(&ends)
    precondition(result == 0)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
}

/// Both ends of a unix stream, not blocking.
func makeStream() -> (left: Int32, right: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let result = socketpair(AF_UNIX, kind, 0, &ends)
    precondition(result == 0)
    return (ends[0], ends[1])
}

/// Whether every writer of a pipe is gone: its reader is at the end.
func isAtEnd(_ reader: Int32) -> Bool {
    var byte: UInt8 = 0
    return read(reader, &byte, 1) == 0
}
