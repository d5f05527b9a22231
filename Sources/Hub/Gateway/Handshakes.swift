// Newcomers of a TLS port until their handshake is over. They stay in the newcomers' poller, and a
// turn gives them a slice: a handshake costs as much as a hundred sends. Only so many are under way
// at a time; who comes then waits in the kernel's queue.

import Reactor
import TLS
import Wire

extension GatewayLoop {
    /// Goes on with the handshake of a newcomer to whom something has come.
    func shakeHands(_ slot: Int) {
        if connections[slot].flags.contains(.awaitsProxyHeader), !takeProxyHeader(slot) { return }
        guard let tls = connections[slot].tls ?? beginHandshake(slot) else { return close(slot) }
        switch tls.handshake() {
        case .done: handshakeDone(slot)
        case .awaitsBytes: watchHandshake(slot, isBlocked: false)
        case .awaitsRoom: watchHandshake(slot, isBlocked: true)
        case .failed(let fault): handshakeFailed(slot, fault)
        }
    }

    private func beginHandshake(_ slot: Int) -> TLSConnection? {
        connections[slot].tls = tlsContext.flatMap {
            TLSConnection(accepting: connections[slot].descriptor, $0)
        }
        return connections[slot].tls
    }

    private func watchHandshake(_ slot: Int, isBlocked: Bool) {
        guard connections[slot].flags.contains(.isBlocked) != isBlocked else { return }
        connections[slot].flags.formSymmetricDifference(.isBlocked)
        do throws(Errno) {
            try newcomers.poller.modify(
                connections[slot].descriptor, token: connections.token(slot).rawValue,
                interest: isBlocked ? .write : .read)
        } catch {
            close(slot)
        }
    }

    private func handshakeDone(_ slot: Int) {
        counters.handshakesDone.add(1)
        counters.tlsOpen.add(1)
        endHandshake(slot)
        connections[slot].flags.insert(.isEncrypted)
        guard takeIn(slot) else { return }
        schedule(slot, nowMilliseconds + settings.limits.headerTimeoutMilliseconds)
    }

    /// Gives a handshake up.
    ///
    /// libssl has sent an alert that says why, where the protocol has one.
    func handshakeFailed(_ slot: Int, _ fault: TLSHandshakeFault) {
        counters.handshakeFaults.add(1, to: fault)
        endHandshake(slot)
        connections[slot].tls = nil
        switch fault {
        case .plainHTTP: if takeIn(slot) { refusePlainHTTP(slot) }
        case .disconnected, .timeout: close(slot)
        // Closing at once would reset the connection under an alert that was not read yet.
        case .version, .cipher, .applicationProtocol, .alert, .malformed: linger(slot)
        }
    }

    /// A handshake is over: there is room for another.
    func endHandshake(_ slot: Int) {
        connections[slot].flags.remove([.isHandshaking, .isBlocked])
        newcomers.handshakeCount -= 1
        guard newcomers.areHandshakesFull else { return }
        newcomers.areHandshakesFull = false
        guard newcomers.acceptAgainMilliseconds == 0, !isDraining else { return }
        try? newcomers.watch(newcomers.listeners.secure)
    }

    /// Begins no more handshakes for now.
    func holdHandshakes() {
        guard !newcomers.areHandshakesFull else { return }
        newcomers.areHandshakesFull = true
        newcomers.unwatch(newcomers.listeners.secure)
    }

    /// Takes the PROXY header that stands before a handshake, and nothing behind it, for that is
    /// libssl's to read; false when it is not whole or the connection is gone.
    private func takeProxyHeader(_ slot: Int) -> Bool {
        let descriptor = connections[slot].descriptor
        let kept = connections[slot].input.count
        var buffer: [UInt8] = []
        swap(&buffer, &inbound)
        defer { swap(&buffer, &inbound) }
        switch Socket.peek(descriptor, into: &buffer) {
        case .bytes(let count):
            let length = proxyBytes(slot, buffer[..<count])
            guard connections[slot].phase != .free else { return false }
            // As long as it is not whole, all that has come belongs to it.
            let taken = length.map { $0 - kept } ?? count
            _ = Socket.receive(descriptor, into: &buffer, countMax: taken)
            if length != nil { connections[slot].input = [] }
            return length != nil
        case .wouldBlock: return false
        case .ended, .failed:
            close(slot)
            return false
        }
    }
}
