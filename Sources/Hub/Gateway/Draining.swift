// How streams end so that their clients come back, and not all at once: a hub that stops ends them
// one after another over a window, and each connection has a lifetime of its own. What was
// committed until then is sent; the client is told when to come again, each another time, and
// resumes.

import Domain
import EventLog
import Reactor
import Wire

extension GatewayLoop {
    /// Stops: no new connections, answers for what waits, streams ended one by one.
    func beginDrain() {
        guard !isDraining else { return }
        isDraining = true
        stopListening()
        drainStartMilliseconds = nowMilliseconds
        for slot in connections.slots.indices {
            switch connections[slot].phase {
            case .free, .lingering: continue
            case .http:
                // A request may be on its way: it is answered, and told that it was the last one.
                continue
            case .echo: closeWebSocket(slot, .restart, EndReason.restart.closeCode, "restart")
            case .eventStream, .webSocket, .logTail:
                streamsToEnd.append(connections.token(slot))
            }
        }
        // Whoever subscribed first has been served longest, and goes first.
        streamsToEnd.reverse()
        drainWindowMilliseconds = min(
            settings.limits.drainWindowMilliseconds,
            Int64(streamsToEnd.count) * Draining.millisecondsPerStreamMax)
        drainUntilMilliseconds =
            nowMilliseconds + drainWindowMilliseconds + settings.limits.drainMilliseconds
        drainCount = streamsToEnd.count
        let patience = min(
            settings.limits.drainWindowMilliseconds, Draining.idleMillisecondsMax)
        endIdleMilliseconds = nowMilliseconds + patience
        endStreams()
    }

    /// Closes the connections on which no request came while the hub stopped.
    private func endIdle() {
        guard nowMilliseconds >= endIdleMilliseconds else { return }
        endIdleMilliseconds = .max
        for slot in connections.slots.indices
        where connections[slot].phase == .http && connections[slot].exchanges.isEmpty
            && connections[slot].input.isEmpty && connections[slot].body == nil
        {
            if connections[slot].flags.contains(.isHandshaking) {
                close(slot)
            } else {
                closeAfterOutput(slot)
            }
        }
    }

    /// Ends as many streams as the time since the beginning asks for.
    func endStreams() {
        guard isDraining else { return }
        endIdle()
        guard !streamsToEnd.isEmpty else { return }
        let elapsed = nowMilliseconds - drainStartMilliseconds
        let due =
            elapsed >= drainWindowMilliseconds
            ? drainCount : Int(Int64(drainCount) * elapsed / drainWindowMilliseconds)
        while drainCount - streamsToEnd.count < due, let token = streamsToEnd.popLast() {
            if let slot = connections.slot(token), connections[slot].phase.isStream {
                endForReconnect(slot, .restart)
            }
        }
    }

    /// Ends a stream whose client shall come again: with a time to wait, behind what it was due.
    func endForReconnect(_ slot: Int, _ reason: EndReason) {
        let retry = 1000 + ids.random.next(below: 4001)
        if connections[slot].phase == .webSocket {
            WebSocketMessages.appendDrain(
                retryMilliseconds: retry, to: &connections[slot].output)
            closeWebSocket(slot, reason, reason.closeCode, "restart")
            return
        }
        connections[slot].endReason = reason
        beginLogTail(slot)
        var frame: [UInt8] = []
        ServerSentEvent.appendRetry(milliseconds: retry, to: &frame)
        say(slot, frame)
        closeAfterOutput(slot)
    }

    /// Gives a new stream the end of its life: each another, so that those who came together don't
    /// come again together.
    func setLifetime(_ slot: Int) {
        let lifetime = settings.limits.streamLifetimeSeconds
        guard lifetime > 0 else {
            connections[slot].endsSeconds = .max
            return
        }
        let jitter = Int64(ids.random.next(below: max(1, lifetime / 5)))
        connections[slot].endsSeconds = Int32(
            clamping: nowMilliseconds / 1000 + Int64(lifetime) - jitter)
    }

    /// When a stream's life ends, in monotonic milliseconds.
    func endOfLife(_ slot: Int) -> Int64 {
        let seconds = connections[slot].endsSeconds
        return seconds == .max ? .max : Int64(seconds) * 1000
    }
}

/// How fast a hub that stops may end its streams.
enum Draining {
    /// Few streams need no window: a hundred a second can come again at once.
    static let millisecondsPerStreamMax: Int64 = 10
    /// How long a connection without a request may still send one.
    static let idleMillisecondsMax: Int64 = 1_000
}
