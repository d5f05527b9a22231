// Who comes to a loop: connections that wait to be accepted, and those of which nothing was read
// yet. They have a poller of their own, inside the loop's: when thousands come at once, whoever is
// being served doesn't stand in one line with them, and only so many are heard in a turn. Those of
// a TLS port stay here until their handshake is over.

import Reactor
import Wire

/// The listeners and newcomers of a loop.
struct Newcomers: ~Copyable {
    var poller: Poller
    /// The sockets that are accepted from; several after a hub of more loops was taken over.
    var listeners = ListeningSockets()
    /// Handshakes that are under way, and whether there are so many that no more are begun.
    var handshakeCount = 0
    var areHandshakesFull = false
    /// Whether somebody has come who was not heard yet.
    var areReady = false
    /// When listeners are watched again; 0: they are.
    var acceptAgainMilliseconds: Int64 = 0

    static let listenerToken = UInt64.max

    init(poller: consuming Poller) {
        self.poller = poller
    }

    func watchListeners() throws(Errno) {
        try watch(listeners.plain)
        if !areHandshakesFull { try watch(listeners.secure) }
    }

    func watch(_ listeners: [Int32]) throws(Errno) {
        for listener in listeners {
            try poller.add(listener, token: Newcomers.listenerToken, interest: .read)
        }
    }

    func unwatch(_ listeners: [Int32]) {
        for listener in listeners { poller.remove(listener) }
    }
}

extension GatewayLoop {
    /// Takes connections from now on.
    ///
    /// The descriptors are the loop's from then on.
    func listen(_ sockets: ListeningSockets) throws(Errno) {
        newcomers.listeners = sockets
        try newcomers.watchListeners()
    }

    /// Takes no connection any more.
    ///
    /// What waits in the queues is for a successor, if there is one: it has the same sockets.
    func stopListening() {
        let listeners = newcomers.listeners.plain + newcomers.listeners.secure
        // A socket that a successor holds, too, would go on reporting to this poller.
        newcomers.unwatch(listeners)
        for listener in listeners { Socket.close(listener) }
        newcomers.listeners = ListeningSockets()
    }

    /// Hears some newcomers.
    func welcome() {
        let ready = newcomers.poller.sleepUntilReady(
            timeoutMilliseconds: 0, countMax: newcomersMax)
        newcomers.areReady = ready > 0
        var hasArrivals = false
        var hasShakenHands = false
        let end = sliceEndNanoseconds(settings.limits.sliceMicroseconds)
        for event in 0..<ready {
            let readiness = newcomers.poller.readiness(at: event)
            if readiness.token == Newcomers.listenerToken {
                hasArrivals = true
            } else if let slot = connections.slot(ConnectionToken(rawValue: readiness.token)) {
                guard connections[slot].flags.contains(.isHandshaking) else {
                    if takeIn(slot) { handle(readiness) }
                    continue
                }
                // It costs as much as a hundred sends; who is passed over is told of again.
                if hasShakenHands, Clock.monotonicNanoseconds() >= end { continue }
                hasShakenHands = true
                shakeHands(slot)
            }
        }
        if hasArrivals { acceptConnections() }
    }

    /// Lets a newcomer stand in line with all others; false when it had to be closed.
    func takeIn(_ slot: Int) -> Bool {
        guard connections[slot].flags.contains(.isNewcomer) else { return true }
        connections[slot].flags.remove(.isNewcomer)
        newcomers.poller.remove(connections[slot].descriptor)
        do throws(Errno) {
            try poller.add(
                connections[slot].descriptor, token: connections.token(slot).rawValue,
                interest: .read)
            return true
        } catch {
            close(slot)
            return false
        }
    }

    /// Looks again whether descriptors are free, some time after there was none.
    func acceptAgain() {
        let time = newcomers.acceptAgainMilliseconds
        guard time != 0, nowMilliseconds >= time, !isDraining else { return }
        newcomers.acceptAgainMilliseconds = 0
        try? newcomers.watchListeners()
    }

    private var newcomersMax: Int {
        catchUp.isEmpty
            ? settings.limits.newcomersPerTurn : settings.limits.newcomersPerStormTurn
    }

    /// Accepts what waits at the listeners, each its share.
    private func acceptConnections() {
        let listeners = newcomers.listeners
        let share = max(1, newcomersMax / max(1, listeners.plain.count + listeners.secure.count))
        for listener in listeners.plain where !accept(share, from: listener) { return }
        for listener in listeners.secure {
            let room = settings.limits.handshakesMax - newcomers.handshakeCount
            guard room > 0 else { return holdHandshakes() }
            guard accept(min(share, room), from: listener, isSecure: true) else { return }
        }
    }

    /// Accepts some of what waits at a listener; false when no descriptor is free any more.
    private func accept(
        _ countMax: Int, from listener: Int32, isSecure: Bool = false
    ) -> Bool {
        for _ in 0..<countMax {
            switch Listener.accept(at: listener) {
            case .accepted(let descriptor, let peer):
                let address = IPAddress(high: peer.high, low: peer.low)
                guard connections.count < settings.limits.connectionsMax,
                    var kind = flags(ofNewcomerFrom: address)
                else {
                    counters.refusedConnections.add(1)
                    Socket.close(descriptor)
                    continue
                }
                if isSecure {
                    kind.insert(.isHandshaking)
                    newcomers.handshakeCount += 1
                }
                admit(descriptor, address, kind)
            case .wouldBlock: return true
            case .aborted: continue
            case .exhausted:
                // Leave the queues alone for a moment.
                newcomers.unwatch(newcomers.listeners.plain + newcomers.listeners.secure)
                newcomers.acceptAgainMilliseconds = nowMilliseconds + 100
                observe.emit(.descriptorsExhausted)
                return false
            }
        }
        return true
    }

    private func admit(_ descriptor: Int32, _ address: IPAddress, _ flags: ConnectionFlags) {
        let slot = connections.insert(descriptor: descriptor, address: address)
        counters.accepted.add(1)
        counters.open.add(1)
        connections[slot].flags = flags.union(.isNewcomer)
        do throws(Errno) {
            try newcomers.poller.add(
                descriptor, token: connections.token(slot).rawValue, interest: .read)
            schedule(slot, nowMilliseconds + settings.limits.headerTimeoutMilliseconds)
        } catch {
            close(slot)
        }
    }
}
