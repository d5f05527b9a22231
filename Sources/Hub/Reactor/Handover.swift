// Listening sockets from an old process to a new one, over a unix socket (SCM_RIGHTS): an upgrade
// without a refused connection. The same sockets go on, with all that waits in their queues; a new
// one on the same port would not have those, and closing the old one would reset them.
//
//   new                                old
//   connects to the path          ──▶  checks that it is the same user
//   receives the sockets          ◀──  sends them
//   serves, and says so           ──▶  stops accepting, and drains

import CLinux
import Glibc

/// Sockets that listen, by what is spoken on them.
package struct ListeningSockets: Equatable, Sendable {
    package var plain: [Int32]
    /// Those of TLS.
    package var secure: [Int32]

    package init(plain: [Int32] = [], secure: [Int32] = []) {
        self.plain = plain
        self.secure = secure
    }
}

/// The side of the process that runs: offers its sockets at a path.
package struct HandoverOffer: ~Copyable {
    private let descriptor: Descriptor

    /// Listens at a path, in place of whoever did before.
    package init(path: String) throws(Errno) {
        descriptor = Descriptor(owning: try Errno.check(unsafe lx_unix_listen(path)))
    }

    /// A process of this user that asks for the sockets; nil when there is none now.
    package func peer() -> HandoverPeer? {
        let number = lx_unix_accept(descriptor.number)
        guard number >= 0 else { return nil }
        let peer = Descriptor(owning: number)
        guard lx_peer_uid(peer.number) == Int64(geteuid()) else { return nil }
        return HandoverPeer(descriptor: peer)
    }
}

/// The new process, as the old one sees it.
package final class HandoverPeer: Sendable {
    private let descriptor: Descriptor

    fileprivate init(descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Sends the sockets; false when the peer is gone.
    package func send(_ sockets: ListeningSockets) -> Bool {
        unsafe (sockets.plain + sockets.secure).withUnsafeBufferPointer { buffer in
            unsafe lx_send_descriptors(
                descriptor.number, buffer.baseAddress, Int32(buffer.count),
                Int32(sockets.secure.count)) >= 0
        }
    }

    /// Whether the peer serves: nil while it has not said so.
    package func isServing() -> Bool? {
        var byte = [UInt8](repeating: 0, count: 1)
        switch Socket.receive(descriptor.number, into: &byte) {
        case .bytes: return true
        case .wouldBlock: return nil
        case .ended, .failed: return false
        }
    }
}

/// The side of the new process.
package final class HandoverRequest: Sendable {
    private let descriptor: Descriptor
    /// The listening sockets, owned by whoever takes them.
    package let sockets: ListeningSockets

    /// The most sockets that are handed over: what one message may carry (SCM_MAX_FD is 253).
    private static let socketsMax = 253

    /// Asks at a path; throws ENOENT or ECONNREFUSED when nobody is there.
    package init(path: String) throws(Errno) {
        let descriptor = Descriptor(owning: try Errno.check(unsafe lx_unix_connect(path)))
        var sockets = [Int32](repeating: -1, count: HandoverRequest.socketsMax)
        var secureCount: Int32 = 0
        let result = unsafe sockets.withUnsafeMutableBufferPointer { buffer in
            unsafe lx_receive_descriptors(
                descriptor.number, buffer.baseAddress, Int32(buffer.count), &secureCount)
        }
        let count = Int(try Errno.check(result))
        let plainCount = max(0, count - Int(secureCount))
        self.sockets = ListeningSockets(
            plain: Array(sockets[..<plainCount]), secure: Array(sockets[plainCount..<count]))
        self.descriptor = descriptor
    }

    /// Says that this process serves.
    package func confirm() {
        _ = Socket.send(descriptor.number, [1], 0..<1)
    }
}
