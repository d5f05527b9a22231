// A server that never says a word: what a client meets at a machine that hangs.

import Foundation

/// A port whose connections the kernel takes, and nobody else.
package final class MuteServer: Sendable {
    /// Where it is.
    package let port: Int
    private let descriptor: Int32

    /// Listens on loopback.
    package init() throws {
        port = try TestPort.free()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
        var address = TestSocket.loopback(port)
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0, listen(descriptor, 8) == 0 else {
            throw ProcessFailure("nobody can listen on \(port)")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Whether somebody waits for a word.
    package var isAwaited: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }
}
