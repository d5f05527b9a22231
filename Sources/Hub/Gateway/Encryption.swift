// Bytes of connections that may be encrypted. Who speaks plainly pays a look at one field; the
// fan-out doesn't even look, for encrypted streams are served one by one.
//
// libssl may hold a record that the socket had no room for. Its bytes count as sent, and nothing
// else may be said before they have left: such a connection stays blocked until they have.

import Glibc
import Reactor
import TLS
import Wire

extension GatewayLoop {
    /// Receives what has come.
    func receive(_ slot: Int, into buffer: inout [UInt8]) -> ReceiveOutcome {
        guard let tls = connections[slot].tls else {
            return Socket.receive(connections[slot].descriptor, into: &buffer)
        }
        switch tls.receive(into: &buffer) {
        case .bytes(let count): return .bytes(count)
        case .awaitsBytes: return .wouldBlock
        case .awaitsRoom:
            connections[slot].flags.insert(.readsWhenWritable)
            if connections[slot].flags.contains(.isBlocked) { watch(slot) } else { block(slot) }
            return .wouldBlock
        case .ended: return .ended
        case .failed: return .failed(Errno(code: EPROTO))
        }
    }

    /// Sends a part of a buffer.
    func send(_ slot: Int, _ bytes: [UInt8], _ range: Range<Int>) -> SendOutcome {
        guard let tls = connections[slot].tls else {
            return Socket.send(connections[slot].descriptor, bytes, range)
        }
        switch tls.send(bytes, range) {
        case .taken(let count): return .sent(count)
        case .awaitsRoom: return .wouldBlock
        case .failed: return .failed(Errno(code: EPROTO))
        }
    }

    /// Whether the last bytes that were sent have still to leave.
    func holdsRecord(_ slot: Int) -> Bool { connections[slot].tls?.holdsRecord ?? false }

    /// Lets them leave; false when they can't yet, or the connection is gone.
    func flushRecord(_ slot: Int) -> Bool {
        guard let outcome = connections[slot].tls?.flush() else { return true }
        if outcome == .failed { close(slot) }
        return false
    }

    /// How many bytes wait here and in the kernel for a peer that doesn't read.
    func unsentByteCount(_ slot: Int) -> Int {
        Socket.unsentByteCount(connections[slot].descriptor)
            + (connections[slot].tls?.heldByteCount ?? 0)
    }

    /// Tells the peer that nothing more comes; false when that has to wait for room.
    func saidGoodbye(_ slot: Int) -> Bool {
        guard let tls = connections[slot].tls else { return true }
        if !tls.holdsRecord, tls.finishSending() { return true }
        block(slot)
        return false
    }

    /// Gives up what encrypts, with a goodbye if there is room for it.
    func endEncryption(_ slot: Int) {
        guard let tls = connections[slot].tls else { return }
        if connections[slot].flags.contains(.isEncrypted) {
            connections[slot].flags.remove(.isEncrypted)
            counters.tlsOpen.add(-1)
            if !tls.holdsRecord { _ = tls.finishSending() }
        }
        connections[slot].tls = nil
    }

    /// The header that keeps browsers to TLS, for who came by it.
    func strictTransport(_ slot: Int) -> [HTTPHeader] {
        connections[slot].flags.contains(.isEncrypted) ? strictTransport : []
    }
}
