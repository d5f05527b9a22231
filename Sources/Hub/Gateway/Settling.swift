// What was marked during a turn is done here, connection by connection: output leaves, full
// sockets are watched, time-outs end what takes too long, and slots are freed.

import Domain
import EventLog
import Reactor
import TLS
import Wire

extension GatewayLoop {
    /// Sends what a marked connection has to send, and closes it when it is over.
    func settle(_ slot: Int) {
        let token = connections.token(slot)
        switch connections[slot].phase {
        case .free, .lingering: return
        case .eventStream, .webSocket:
            if connections[slot].flags.contains(.awaitsPage) {
                if connections[slot].cursor.offset == 0 { _ = flushOutput(slot) }
            } else {
                serve(slot)
            }
        case .http, .echo: _ = flushOutput(slot)
        case .logTail: if flushOutput(slot) { readLogTail(slot) }
        }
        guard connections.slot(token) != nil else { return }
        finishIfDone(slot)
        guard connections.slot(token) != nil, connections[slot].phase == .http,
            connections[slot].exchanges.count < settings.limits.pipelinedMax
        else { return }
        if !connections[slot].input.isEmpty, !connections[slot].flags.contains(.isBlocked) {
            let before = connections[slot].exchanges.count
            if before == 0 || connections[slot].exchanges.allSatisfy(\.isCommand) {
                resumeInput(slot)
            }
        }
        guard connections.slot(token) != nil else { return }
        closeWhenAnswered(slot)
    }

    /// Sends the connection's own output; false when some is left or the connection is gone.
    func flushOutput(_ slot: Int) -> Bool {
        guard !connections[slot].flags.contains(.isBlocked) else { return false }
        let start = Int(connections[slot].outputSent)
        let count = connections[slot].output.count
        guard start < count else { return true }
        switch send(slot, connections[slot].output, start..<count) {
        case .sent(let sent) where start + sent == count:
            connections[slot].outputSent = 0
            // An idle connection owns no large buffer, a subscriber none at all.
            let keeps = connections[slot].phase == .http && count <= 4096
            connections[slot].output.removeAll(keepingCapacity: keeps)
            resumeWhenEmpty(slot)
            guard !holdsRecord(slot) else {
                block(slot)
                return false
            }
            return connections[slot].phase != .free
        case .sent(let sent):
            connections[slot].outputSent = Int32(start + sent)
            block(slot)
            return false
        case .wouldBlock:
            block(slot)
            return false
        case .failed:
            close(slot)
            return false
        }
    }

    /// The socket's buffer is full: go on when there is room.
    func block(_ slot: Int) {
        guard !connections[slot].flags.contains(.isBlocked) else { return }
        connections[slot].flags.insert(.isBlocked)
        watch(slot)
        if connections[slot].phase == .http || connections[slot].flags.contains(.closesAfterOutput)
        {
            schedule(slot, nowMilliseconds + settings.limits.writeTimeoutMilliseconds)
        } else if connections[slot].phase.isStream {
            schedule(slot, nowMilliseconds + settings.limits.slowMilliseconds)
        }
    }

    /// There is room again.
    func unblock(_ slot: Int) {
        guard connections[slot].flags.contains(.isBlocked), flushRecord(slot) else { return }
        connections[slot].flags.remove([.isBlocked, .readsWhenWritable])
        watch(slot)
        if connections[slot].phase == .http {
            schedule(
                slot, nowMilliseconds + settings.limits.idleTimeoutMilliseconds)
        } else if connections[slot].phase.isStream {
            scheduleStream(slot)
        }
        markDirty(slot)
    }

    /// Watches a socket for what its flags say.
    func watch(_ slot: Int) {
        guard takeIn(slot) else { return }
        let flags = connections[slot].flags
        var interest: Interest = []
        if flags.isDisjoint(with: [.isPaused, .inputEnded, .readsWhenWritable]) {
            interest.insert(.read)
        }
        if flags.contains(.isBlocked) { interest.insert(.write) }
        do throws(Errno) {
            try poller.modify(
                connections[slot].descriptor, token: connections.token(slot).rawValue,
                interest: interest)
        } catch {
            close(slot)
        }
    }

    /// Ends a connection when its output has left.
    func closeAfterOutput(_ slot: Int) {
        connections[slot].flags.formUnion([.closesAfterOutput, .hadLastRequest])
        schedule(slot, nowMilliseconds + settings.limits.writeTimeoutMilliseconds)
        markDirty(slot)
    }

    private func finishIfDone(_ slot: Int) {
        guard connections[slot].flags.contains(.closesAfterOutput),
            connections[slot].output.isEmpty, saidGoodbye(slot)
        else { return }
        linger(slot)
    }

    /// Says that no more comes, and reads and forgets what the peer still sends: closing at once
    /// would reset the connection under an answer that it has not read yet.
    func linger(_ slot: Int) {
        leaveStream(slot)
        endEncryption(slot)
        Socket.finishSending(connections[slot].descriptor)
        if connections[slot].flags.contains(.inputEnded) {
            close(slot)
            return
        }
        connections[slot].phase = .lingering
        connections[slot].input = []
        connections[slot].body = nil
        connections[slot].flags.remove([.isPaused, .isBlocked, .readsWhenWritable])
        watch(slot)
        schedule(slot, nowMilliseconds + settings.limits.lingerMilliseconds)
    }

    /// Frees a slot at once.
    func close(_ slot: Int) {
        leaveStream(slot)
        endEncryption(slot)
        if connections[slot].flags.contains(.isHandshaking) { endHandshake(slot) }
        Socket.close(connections[slot].descriptor)
        if connections[slot].flags.contains(.countsForAddress) {
            shared.addressQuota?.giveBack(RateClient(address: connections[slot].address))
        }
        connections.remove(slot)
        counters.open.add(-1)
    }

    private func leaveStream(_ slot: Int) {
        switch connections[slot].phase {
        case .eventStream, .webSocket, .logTail: noteEnd(slot)
        case .echo:
            echoWindowBits[connections.token(slot)] = nil
            return
        default: return
        }
        shared.streamQuota?.giveBack(
            .principal(principals[connections[slot].principal].exactSubject))
        endCatchUp(slot)
        leave(slot)
        principals.release(connections[slot].principal)
        connections[slot].principal = -1
        awaitingHead[connections.token(slot)] = nil
        awaitingRestart[connections.token(slot)] = nil
        logTails[connections.token(slot)] = nil
        streamNames.remove(connections.token(slot))
        if connections[slot].flags.contains(.isPaced) { paces[connections.token(slot)] = nil }
    }

    /// Sets when something is to be done about a connection.
    ///
    /// Its reminder is kept when it comes early enough.
    func schedule(_ slot: Int, _ deadline: Int64) {
        connections[slot].deadlineMilliseconds = deadline
        guard
            !connections[slot].flags.contains(.isScheduled)
                || deadline < connections[slot].reminderMilliseconds
        else { return }
        connections[slot].flags.insert(.isScheduled)
        connections[slot].reminderMilliseconds = deadline
        wheel.schedule(connections.token(slot).rawValue, atMilliseconds: deadline)
    }

    /// A stream's next deadline: a heartbeat, or the end of its token.
    func scheduleStream(_ slot: Int) {
        let left = (connections[slot].expirySeconds - nowSeconds) * 1000
        let jitter = Int64(ids.random.next(below: 2000))
        let beat = settings.limits.heartbeatMilliseconds - jitter
        schedule(slot, min(nowMilliseconds + max(0, min(left, beat)), endOfLife(slot)))
    }

    /// The wheel came to a connection's reminder.
    func remind(_ token: ConnectionToken) {
        guard let slot = connections.slot(token),
            nowMilliseconds >= connections[slot].reminderMilliseconds
        else { return }
        connections[slot].flags.remove(.isScheduled)
        let isStream = connections[slot].phase.isStream
        let isExpired = isStream && nowSeconds >= connections[slot].expirySeconds
        let isOver = isStream && nowMilliseconds >= endOfLife(slot)
        guard nowMilliseconds >= connections[slot].deadlineMilliseconds || isExpired || isOver
        else {
            let expires = nowMilliseconds + (connections[slot].expirySeconds - nowSeconds) * 1000
            let deadline = connections[slot].deadlineMilliseconds
            schedule(slot, isStream ? min(deadline, expires, endOfLife(slot)) : deadline)
            return
        }
        timedOut(slot, isExpired: isExpired, isOver: isOver)
    }

    private func timedOut(_ slot: Int, isExpired: Bool, isOver: Bool) {
        if connections[slot].flags.contains(.closesAfterOutput) {
            reset(slot)
            return
        }
        switch connections[slot].phase {
        case .free, .echo: return
        case .lingering: close(slot)
        case .eventStream, .webSocket, .logTail:
            if isExpired {
                endStream(slot, .tokenExpired, .unauthenticated(reason: .expired))
            } else if connections[slot].flags.contains(.isBlocked) {
                standsStill(slot)
            } else if isOver {
                endForReconnect(slot, .lifetime)
            } else {
                heartbeat(slot)
                scheduleStream(slot)
            }
        case .http: requestTimedOut(slot)
        }
    }

    /// A request that does not come, or an answer that is not read.
    private func requestTimedOut(_ slot: Int) {
        if connections[slot].flags.contains(.awaitsProxyHeader) {
            refuseProxyHeader(slot, .late)
            return
        }
        if connections[slot].flags.contains(.isHandshaking) {
            handshakeFailed(slot, .timeout)
            return
        }
        if !connections[slot].exchanges.isEmpty, !connections[slot].flags.contains(.isBlocked) {
            // It waits for us, not we for it.
            schedule(slot, nowMilliseconds + settings.limits.idleTimeoutMilliseconds)
            return
        }
        guard hasPartialRequest(slot), !connections[slot].flags.contains(.isBlocked) else {
            close(slot)
            return
        }
        connections[slot].body = nil
        connections[slot].input = []
        refuseTimeout(slot)
    }
}
