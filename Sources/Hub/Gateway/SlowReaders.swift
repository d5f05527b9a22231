// Readers that can't keep up. Nothing is kept for them but a cursor, so what has to be decided is
// only how long they may stand, and what the kernel may hold for all of them together.
//
// A reader is slow when its socket took nothing for `slowMilliseconds`, or when it had everything
// once and then fell behind what the log keeps in memory. One that resumes from far behind and
// reads is not slow. What happens then is the stream's own policy:
//   disconnect  a `problem`, and the connection ends: the client resumes
//   latest      it may stand; of what is due only the newest of each subject is sent
//   skip        it may stand; when it reads again, a gap leads it to the head

import Domain
import EventLog
import Reactor
import Store
import Wire

extension GatewayLoop {
    /// Takes what a subscriber chose for the case that it can't keep up.
    func setPolicy(_ slot: Int, _ stream: StreamQuery) {
        switch stream.policy {
        case .disconnect: break
        case .latest: connections[slot].flags.insert(.wantsLatest)
        case .skip: connections[slot].flags.insert(.skips)
        }
        if let rate = stream.rateMax {
            connections[slot].flags.insert(.isPaced)
            paces[connections.token(slot)] = Pace(perSecond: rate)
        }
    }

    /// A stream's socket took nothing for too long.
    func standsStill(_ slot: Int) {
        guard connections[slot].flags.isDisjoint(with: [.wantsLatest, .skips]) else {
            if connections[slot].flags.insert(.isSlow).inserted { counters.slowStanding.add(1) }
            schedule(slot, nowMilliseconds + settings.limits.slowMilliseconds)
            return
        }
        endSlow(slot)
    }

    /// A stream's cursor has left the memory of the log; true when that ends its turn.
    func fellBehind(_ slot: Int) -> Bool {
        guard connections[slot].flags.contains(.hasCaughtUp), connections[slot].cursor.offset == 0
        else { return false }
        if connections[slot].flags.contains(.skips) {
            skipAhead(slot)
            return true
        }
        guard !connections[slot].flags.contains(.wantsLatest) else { return false }
        endSlow(slot)
        return true
    }

    /// Leaves out what a slow reader missed, if it chose that, now that it reads again.
    func skipIfSlow(_ slot: Int) {
        guard connections[slot].flags.contains(.isSlow), connections[slot].cursor.offset == 0
        else { return }
        connections[slot].flags.remove(.isSlow)
        if connections[slot].flags.contains(.skips) { skipAhead(slot) }
    }

    private func skipAhead(_ slot: Int) {
        guard connections[slot].cursor.position < log.head else { return }
        let from = EventID(epoch: log.epoch, position: connections[slot].cursor.position)
        connections[slot].cursor = Cursor(position: log.head)
        connections[slot].toldPosition = log.head
        appendGap(slot, .slow, from.text, log.head)
        counters.slowSkipped.add(1)
        markDirty(slot)
    }

    private func endSlow(_ slot: Int) {
        counters.slowEnded.add(1)
        endStream(slot, .tooSlow, .tooSlow)
    }

    // MARK: Rate caps

    /// How many events a stream may get now.
    ///
    /// When it may get none, it is served again as soon as it may.
    func allowance(_ slot: Int) -> Int {
        guard connections[slot].flags.contains(.isPaced) else { return .max }
        let token = connections.token(slot)
        guard var pace = paces[token] else { return .max }
        let allowance = pace.allowance(at: nowMilliseconds)
        paces[token] = pace
        if allowance == 0 {
            waitingForPace.append(token)
            nextPaceMilliseconds = min(nextPaceMilliseconds, pace.nextMilliseconds)
        }
        return allowance
    }

    /// Counts what a stream got.
    func spend(_ slot: Int, _ frameCount: Int) {
        guard connections[slot].flags.contains(.isPaced) else { return }
        paces[connections.token(slot)]?.spend(frameCount)
    }

    /// Serves the streams that waited for their rate.
    func resumePaced() {
        guard nowMilliseconds >= nextPaceMilliseconds else { return }
        nextPaceMilliseconds = .max
        let waiting = waitingForPace
        waitingForPace.removeAll()
        for token in waiting {
            if let slot = connections.slot(token) { markDirty(slot) }
        }
    }

    // MARK: The budget of the node

    /// Looks once a second how far streams are behind, and what the kernel holds for those whose
    /// readers don't read.
    ///
    /// Beyond the budget the furthest behind are ended, on each loop its part.
    func watchOutbound() {
        var blocked: [(slot: Int, bytes: Int)] = []
        var own = 0
        var behind = (count: 0, most: UInt64(0))
        for slot in connections.slots.indices where connections[slot].phase.isStream {
            let positions = positionsBehind(slot)
            if positions > 0 {
                behind.count += 1
                behind.most = max(behind.most, positions)
            }
            guard connections[slot].flags.contains(.isBlocked) else { continue }
            endCatchUpIfStanding(slot)
            let bytes =
                unsentByteCount(slot) + connections[slot].output.count
            blocked.append((slot, bytes))
            own += bytes
        }
        counters.streamsBehind.set(behind.count)
        counters.positionsBehindMax.set(Int(clamping: behind.most))
        counters.blockedStreams.set(blocked.count)
        counters.outboundBytes.set(own)
        let all = metrics.outboundBytes
        let budget = settings.limits.outboundBytesMax
        guard budget > 0, all > budget, own > 0 else { return }
        let ownMax = Int(Double(budget) * Double(own) / Double(all))
        blocked.sort {
            connections[$0.slot].cursor.position < connections[$1.slot].cursor.position
        }
        for (slot, bytes) in blocked {
            guard own > ownMax else { break }
            own -= bytes
            counters.slowEvicted.add(1)
            connections[slot].endReason = .outboundMemory
            reset(slot)
        }
        counters.outboundBytes.set(own)
    }

    /// Frees a slot at once, and what the kernel holds for it.
    func reset(_ slot: Int) {
        Socket.discardUnsent(connections[slot].descriptor)
        close(slot)
    }
}
