// Events on their way to subscribers. A segment makes its audiences due; before it sleeps the loop
// sweeps through the members, a slice a turn, and gives each all that it is due in one send. Who
// can't take it all waits for its socket, at the cost of a cursor.

import EventLog
import Reactor
import Store
import Wire

extension GatewayLoop {
    /// Adds a stream to the audience of a filter, which it holds from now on.
    func join(_ slot: Int, _ filterClass: FilterClass, _ form: FrameForm) {
        let index = audiences.index(
            filter: filterClass, form: form,
            isConflated: connections[slot].flags.contains(.wantsLatest))
        connections[slot].audience = Int32(index)
        connections[slot].memberIndex = Int32(audiences[index].members.count)
        connections[slot].flags.insert(.isMember)
        audiences[index].members.append(UInt32(slot))
    }

    /// Takes a stream out of its audience.
    func leave(_ slot: Int) {
        guard connections[slot].flags.contains(.isMember) else { return }
        connections[slot].flags.remove(.isMember)
        let index = Int(connections[slot].audience)
        let place = Int(connections[slot].memberIndex)
        let last = audiences[index].members.count - 1
        if place != last {
            let moved = audiences[index].members[last]
            audiences[index].members[place] = moved
            connections[Int(moved)].memberIndex = Int32(place)
            // Who moves in front of the sweep would be missed by it.
            markDirty(Int(moved))
        }
        audiences[index].members.removeLast()
        let filterClass = audiences[index].filter
        if audiences[index].members.isEmpty {
            // The index may soon be that of others, who are due other bytes.
            audiences.remove(index)
            forgetRuns()
        }
        log.release(filterClass)
    }

    private func forgetRuns() {
        cache.removeAll()
        runs.removeAll()
    }

    /// The filter of a stream.
    func filter(_ slot: Int) -> Filter {
        log.filter(of: audiences[Int(connections[slot].audience)].filter)
    }

    /// A batch was committed: the log grows, and whoever wants it is due.
    func append(_ segment: Segment) {
        let before = Cursor(position: log.head)
        log.append(segment)
        counters.appended(segment)
        committedNanoseconds = segment.committedNanoseconds
        for index in audiences.audiences.indices where !audiences[index].members.isEmpty {
            let next = log.next(
                before, filter: audiences[index].filter, form: audiences[index].form,
                bytesMax: 1)
            if case .caughtUp = next {
                // A reader that is never due anything never moves, and is not behind for it.
                log.noteQuiet(segment, for: audiences[index].filter)
                continue
            }
            if audiences[index].sweepRest == 0 { sweeping.append(index) }
            audiences[index].sweepRest = audiences[index].members.count
        }
    }

    /// Events were erased: whatever is sent from now on has the tombstones.
    ///
    /// Who got a part of such a frame can't be given the rest.
    func replace(_ replacement: Replacement, _ countdown: Countdown) {
        log.replace(replacement)
        forgetRuns()
        for slot in connections.slots.indices
        where connections[slot].flags.contains(.isMember)
            && replacement.breaks(connections[slot].cursor)
        {
            connections[slot].endReason = .erased
            close(slot)
        }
        countdown.done()
    }

    /// One slice of the sweep.
    func sweep() {
        let end = sliceEndNanoseconds(settings.limits.sliceMicroseconds)
        defer { countDeliveries() }
        while let audience = sweeping.first {
            guard sweepMembers(of: audience, until: end) else { return }
            sweeping.removeFirst()
        }
    }

    /// Serves the members of an audience that the sweep has still to visit; false when the slice is
    /// over before all were.
    ///
    /// Nearly all stand at the same place with nothing in their way, so what was found for one is
    /// held while it is given to the others: a send and little else for each.
    private func sweepMembers(of audience: Int, until end: Int64) -> Bool {
        let heartbeat = nextHeartbeatMilliseconds
        var shared = cache.runToHead(audience: audience, head: log.head)
        var given = 0
        defer { countGiven(shared?.run, given) }
        while let slot = audiences[audience].nextOfSweep() {
            if let shared,
                let outcome = connections.give(shared, to: slot, heartbeatMilliseconds: heartbeat)
            {
                if case .sent(shared.run.range.count) = outcome {
                    given += 1
                    // The clock costs a part of what a send does.
                    if given % 8 != 0 { continue }
                } else {
                    _ = conclude(slot, shared.run, outcome)
                }
            } else if !isCatchingUp(slot) {  // Who catches up gets the new with the old.
                countGiven(shared?.run, given)
                given = 0
                serve(slot)
                shared = cache.runToHead(audience: audience, head: log.head)
            }
            if Clock.monotonicNanoseconds() >= end { return false }
        }
        return true
    }

    /// Counts the members that were given all of a run, which led them to the head.
    private func countGiven(_ run: Run?, _ count: Int) {
        guard let run, count > 0 else { return }
        counters.sends.add(count)
        counters.deliveredBytes.add(count * run.range.count)
        counters.deliveredFrames.add(count * run.frameCount)
        deliveredCount += count
    }

    private var nextHeartbeatMilliseconds: Int64 {
        nowMilliseconds + settings.limits.heartbeatMilliseconds
    }

    /// Until when one kind of work may go on that is begun now.
    func sliceEndNanoseconds(_ microseconds: Int64) -> Int64 {
        Clock.monotonicNanoseconds() + microseconds * 1_000
    }

    /// Counts those that a slice has given all that there is: the clock is read once for them.
    private func countDeliveries() {
        guard deliveredCount > 0, committedNanoseconds > 0 else { return }
        counters.deliveries.add(
            deliveredCount, nanoseconds: Clock.monotonicNanoseconds() - committedNanoseconds)
        deliveredCount = 0
    }

    /// Sends a stream what it is due, at most one send of it: who has more to come waits for its
    /// next turn, behind all others.
    func serve(_ slot: Int) {
        guard connections[slot].flags.isDisjoint(with: [.isBlocked, .awaitsHead, .awaitsPage])
        else { return }
        var hasSent = false
        while true {
            restartIfAwaited(slot)
            skipIfSlow(slot)
            guard !connections[slot].flags.contains(.awaitsHead) else { return }
            if connections[slot].cursor.offset == 0, !connections[slot].output.isEmpty {
                guard flushOutput(slot) else { return }
            }
            if connections[slot].flags.contains(.closesAfterOutput),
                connections[slot].cursor.offset == 0
            {
                return
            }
            switch next(slot) {
            case .due(let run):
                guard !hasSent, catchUp.isServing || !isCatchingUp(slot) else {
                    markDirty(slot)
                    return
                }
                guard send(slot, run) else { return }
                hasSent = true
            case .caughtUp(let cursor):
                connections[slot].cursor = cursor
                if cursor.position >= log.head {
                    connections[slot].flags.insert(.hasCaughtUp)
                    endCatchUp(slot)
                    if hasSent { deliveredCount += 1 }
                }
                return
            case .needsPage(let page):
                if fellBehind(slot) { return }
                wait(slot, page: page)
                return
            case .trimmed(let oldest):
                // What is left of a frame that was begun is gone: the stream can't go on.
                guard connections[slot].cursor.offset == 0 else {
                    connections[slot].endReason = .trimmed
                    close(slot)
                    return
                }
                trimmed(slot, oldest: oldest)
            }
        }
    }

    /// What a stream is due: remembered, for its neighbours stand at the same place.
    private func next(_ slot: Int) -> Next {
        let audience = Int(connections[slot].audience)
        let cursor = connections[slot].cursor
        let isPaced = connections[slot].flags.contains(.isPaced)
        if !isPaced {
            if let known = cache.next(audience: audience, cursor: cursor, head: log.head) {
                return known
            }
            if catchUp.isServing, let run = runs.run(audience: audience, cursor: cursor) {
                return .due(run)
            }
        }
        let hasMore =
            !connections[slot].output.isEmpty || connections[slot].flags.contains(.awaitsRestart)
        let isMidFrame = cursor.offset > 0 && hasMore
        var framesMax = Int.max
        if isPaced, cursor.offset == 0, cursor.position < log.head {
            framesMax = allowance(slot)
            if framesMax == 0 { return .caughtUp(cursor) }
        }
        let members = audiences[audience]
        let bytesMax = isMidFrame ? 1 : settings.limits.sendBytesMax
        let next =
            members.isConflated
            ? log.nextLatest(
                cursor, filter: members.filter, form: members.form, bytesMax: bytesMax,
                framesMax: framesMax)
            : log.next(
                cursor, filter: members.filter, form: members.form, bytesMax: bytesMax,
                framesMax: framesMax)
        if !isMidFrame, !isPaced {
            cache.keep(next, audience: audience, cursor: cursor, head: log.head)
            if catchUp.isServing, !members.isConflated, case .due(let run) = next,
                run.through < log.head
            {
                runs.keep(run, audience: audience, cursor: cursor)
            }
        }
        return next
    }

    /// Sends a run; false when the socket is full or gone.
    private func send(_ slot: Int, _ run: Run) -> Bool {
        conclude(slot, run, send(slot, run.bytes, run.range))
    }

    /// Takes note of what became of a send; false when the socket is full or gone.
    private func conclude(_ slot: Int, _ run: Run, _ outcome: SendOutcome) -> Bool {
        switch outcome {
        case .sent(let count):
            counters.sends.add(1)
            counters.deliveredBytes.add(count)
            spend(slot, run.frameCount)
            connections[slot].move(
                to: run.cursor(afterSending: count),
                heartbeatMilliseconds: nextHeartbeatMilliseconds)
            if count == run.range.count {
                counters.deliveredFrames.add(run.frameCount)
                if !holdsRecord(slot) { return true }
            }
            counters.shortSends.add(1)
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

    /// Waits for a page of history, with all others who need it; it is asked for once.
    ///
    /// Only a few are asked for at a time: other reads of Postgres come between them.
    private func wait(_ slot: Int, page: Int) {
        connections[slot].flags.insert(.awaitsPage)
        if awaitingPage[page] == nil {
            guard awaitingPage.count < settings.limits.pagesUnderwayMax else {
                awaitingAnyPage.append(connections.token(slot))
                return
            }
            outgoingReads.append(streamRead(slot, .page(page)))
        }
        awaitingPage[page, default: []].append(connections.token(slot))
    }

    /// A page is there: everybody who waits for it goes on.
    func received(page: Int, _ segment: Segment?) {
        cache.removeAll()
        guard let segment else {
            // It is behind the head, so it must come: asked again at the next tick.
            pagesToRetry = true
            return
        }
        log.insert(page: page, segment)
        goOn(awaitingPage.removeValue(forKey: page) ?? [])
        awaitAnyPage()
    }

    /// There is room for another page: those go on who wait for one that was not asked for.
    private func awaitAnyPage() {
        let waiting = awaitingAnyPage
        awaitingAnyPage.removeAll()
        goOn(waiting)
    }

    private func goOn(_ tokens: [ConnectionToken]) {
        for token in tokens {
            guard let slot = connections.slot(token) else { continue }
            connections[slot].flags.remove(.awaitsPage)
            markDirty(slot)
        }
    }

    /// Asks again for pages that could not be read.
    func retryPages() {
        if pagesToRetry {
            pagesToRetry = false
            for (page, tokens) in awaitingPage {
                guard let slot = tokens.lazy.compactMap({ self.connections.slot($0) }).first else {
                    awaitingPage[page] = nil
                    continue
                }
                outgoingReads.append(streamRead(slot, .page(page)))
            }
            awaitAnyPage()
        }
        outgoingReads.append(contentsOf: retryReads)
        retryReads.removeAll()
    }

    /// Speaks after a silence, so that nobody on the way takes the stream for dead.
    func heartbeat(_ slot: Int) {
        guard connections[slot].flags.isDisjoint(with: [.isBlocked, .awaitsHead]) else { return }
        if connections[slot].phase == .logTail { return logTailHeartbeat(slot) }
        let audience = Int(connections[slot].audience)
        if case .caughtUp(let cursor) = log.next(
            connections[slot].cursor, filter: audiences[audience].filter,
            form: audiences[audience].form, bytesMax: 1)
        {
            connections[slot].cursor = cursor
        }
        let position = connections[slot].cursor.position
        let hasMoved = position != connections[slot].toldPosition
        let id = EventID(epoch: log.epoch, position: position)
        let transport = transport(slot)
        var frame: [UInt8] = []
        if hasMoved {
            PositionFrame.append(id: id, transport: transport, to: &frame)
        } else if transport.isWebSocket {
            WebSocketFrame.append(opcode: .ping, payload: [], to: &frame)
        } else {
            ServerSentEvent.appendComment("", to: &frame)
        }
        say(slot, frame)
        connections[slot].toldPosition = position
        markDirty(slot)
    }
}
