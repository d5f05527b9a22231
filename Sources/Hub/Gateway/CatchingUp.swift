// Streams that came back and have still to get what was there before them. They wait for everybody
// else, and for commands most of all: thousands that come back at once must not make a writer wait.
//
//   came back ─▶ waiting ─▶ admitted: served in slices ─▶ has caught up: served like all others
//                   ▲             │ its socket is full
//                   └─────────────┘ for a second
//
// Only so many are admitted at a time as the kernel has room for; who reads is soon done, and who
// doesn't read gives its place to the next.

import Reactor
import Store

/// The streams of a loop that catch up.
struct CatchUp {
    /// Those that wait until they are admitted.
    var waiting = Queue<ConnectionToken>()
    /// Those that are admitted and can be served.
    var due = Queue<ConnectionToken>()
    var admittedCount = 0
    /// Until when they, and newcomers, rest if a command is under way.
    var restsUntilNanoseconds: Int64 = 0
    /// Whether a slice of them is being served.
    var isServing = false

    /// Whether there are none.
    var isEmpty: Bool { admittedCount == 0 && waiting.isEmpty }
}

extension GatewayLoop {
    /// How long a socket may be full until its stream gives its place to another.
    private static let fullMilliseconds: Int64 = 1_000

    /// Whether a stream has still to get what was there before it came.
    ///
    /// One with a rate cap takes its time, and no place.
    func isCatchingUp(_ slot: Int) -> Bool {
        connections[slot].flags.contains(.isMember)
            && connections[slot].flags.isDisjoint(with: [
                .hasCaughtUp, .closesAfterOutput, .isPaced,
            ])
    }

    /// Lets a stream wait for its slice.
    func queueForCatchUp(_ slot: Int) {
        guard connections[slot].flags.insert(.awaitsCatchUp).inserted else { return }
        if connections[slot].flags.contains(.isAdmitted) {
            catchUp.due.append(connections.token(slot))
        } else {
            catchUp.waiting.append(connections.token(slot))
        }
    }

    /// Gives a stream's place to another.
    func endCatchUp(_ slot: Int) {
        guard connections[slot].flags.contains(.isAdmitted) else { return }
        connections[slot].flags.remove(.isAdmitted)
        catchUp.admittedCount -= 1
    }

    /// Gives the place of a stream to another whose socket has been full for a while.
    func endCatchUpIfStanding(_ slot: Int) {
        let deadline = connections[slot].deadlineMilliseconds
        let fullSince = deadline - settings.limits.slowMilliseconds
        if nowMilliseconds - fullSince >= GatewayLoop.fullMilliseconds { endCatchUp(slot) }
    }

    /// Serves a slice of those that catch up.
    func serveCatchUp() {
        guard !catchUp.isEmpty else { return }
        admit()
        let end = sliceEndNanoseconds(settings.limits.catchUpSliceMicroseconds)
        catchUp.isServing = true
        for _ in 0..<catchUp.due.count {
            guard let token = catchUp.due.popFirst(), let slot = connections.slot(token) else {
                continue
            }
            connections[slot].flags.remove(.awaitsCatchUp)
            settle(slot)
            if Clock.monotonicNanoseconds() >= end { break }
        }
        catchUp.isServing = false
    }

    /// How long the loop may sleep while there are streams that catch up; nil: as it likes.
    var stormSleepMilliseconds: Int32? {
        if hasToRest(at: Clock.monotonicNanoseconds()) { return 1 }
        let canAdmit = !catchUp.waiting.isEmpty && catchUp.admittedCount < catchUpsMax
        return !catchUp.due.isEmpty || canAdmit ? 0 : nil
    }

    /// Whether newcomers, sweeps and those that catch up wait: in a storm, while a command is under
    /// way, it and Postgres have the processor for most of the time.
    func hasToRest(at now: Int64) -> Bool {
        !catchUp.isEmpty && now < catchUp.restsUntilNanoseconds && store.hasCommandsUnderway
    }

    /// In a storm, a turn is followed by a rest that is as many times as long.
    func restAfterTurn() {
        guard !catchUp.isEmpty else { return }
        let end = Clock.monotonicNanoseconds()
        let factor = settings.limits.catchUpRestFactor
        catchUp.restsUntilNanoseconds = end + (end - nowNanoseconds) * factor
    }

    private var catchUpsMax: Int {
        let bytes = settings.limits.outboundBytesMax / max(1, shared.loops.count)
        return bytes == 0 ? .max : max(1, bytes / settings.limits.catchUpBytesEach)
    }

    private func admit() {
        while catchUp.admittedCount < catchUpsMax, let token = catchUp.waiting.popFirst() {
            guard let slot = connections.slot(token) else { continue }
            connections[slot].flags.insert(.isAdmitted)
            catchUp.admittedCount += 1
            catchUp.due.append(token)
        }
    }
}
