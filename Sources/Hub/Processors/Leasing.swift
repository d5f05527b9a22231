// Leases: asked for while they are somebody else's, made to last longer while they are ours, given
// back at the end. What is on its way decides nothing: only an answer does.

import Domain
import Reactor
import Store

extension Engine {
    /// One lane's turn: the lease first, then the work under it.
    mutating func turn(lane index: Int) {
        guard let held = lanes[index].held else {
            ask(lane: index)
            return
        }
        if isStopping {
            release(lane: index)
            return
        }
        if held.renewal == nil {
            if monotonic >= held.renewAt {
                let renewal = submit(
                    lease(lane: index, seconds: settings.leaseSeconds),
                    as: .renewal(lane: index), by: lanes[index].name)
                lanes[index].held?.renewal = renewal
            } else {
                wake(at: held.renewAt)
            }
        }
        work(lane: index)
    }

    private mutating func ask(lane index: Int) {
        guard !isStopping, lanes[index].asking == nil else { return }
        guard monotonic >= lanes[index].askAt else {
            wake(at: lanes[index].askAt)
            return
        }
        let asking = submit(
            lease(lane: index, seconds: settings.leaseSeconds), as: .lease(lane: index),
            by: lanes[index].name)
        lanes[index].asking = asking
    }

    /// Gives the lease back once nothing is on its way.
    private mutating func release(lane index: Int) {
        guard let held = lanes[index].held, held.flight == nil, held.renewal == nil,
            !held.isReleasing
        else { return }
        lanes[index].held?.isReleasing = true
        submit(lease(lane: index, seconds: 0), as: .release(lane: index), by: lanes[index].name)
    }

    private func lease(lane index: Int, seconds: Int) -> Command {
        .leaseProcessor(
            LeaseProcessor(
                processor: lanes[index].name, token: lanes[index].token,
                holder: settings.holder, seconds: seconds))
    }

    /// Takes in the answer to a command; one that nobody asked for is nothing.
    mutating func answered(_ sequence: UInt32, _ answer: EngineAnswer, at now: Moment) {
        self.now = now
        guard let what = pending.removeValue(forKey: sequence) else { return }
        switch what {
        case .lease(let lane): leased(lane, sequence, answer)
        case .renewal(let lane): renewed(lane, sequence, answer)
        case .release(let lane): lanes[lane].lose(token: nextID(), askAt: .max)
        case .step(let lane): stepped(lane, sequence, answer)
        case .head, .page, .save, .model, .replays: break
        }
    }

    private mutating func leased(_ index: Int, _ sequence: UInt32, _ answer: EngineAnswer) {
        guard lanes[index].asking == sequence else { return }
        lanes[index].asking = nil
        switch answer {
        case .leased(let cursor):
            lanes[index].refusalCount = 0
            lanes[index].held = Held(
                cursor: cursor, renewAt: monotonic + settings.renewMilliseconds,
                moveAt: monotonic + settings.moveMilliseconds,
                inputsMax: settings.positionsMax)
            output.observations.append(.leased(lanes[index].name, cursor: cursor))
            if lanes[index].name == .rl { askHead(lane: index) }
        case .leaseHeld, .cursorMoved:
            // So that two instances don't ask in step for ever.
            let pause = settings.leaseRetry(afterRefusals: lanes[index].refusalCount)
            let jitter = Int64(random.next(below: Int(pause / 4) + 1))
            lanes[index].refusalCount += 1
            lanes[index].lose(token: nextID(), askAt: monotonic + pause + jitter)
        case .unavailable(let milliseconds):
            // The same token: it may be ours already.
            lanes[index].askAt = monotonic + retry(after: milliseconds)
        case .failed, .processed, .recorded:
            lanes[index].reading.failures += 1
            lanes[index].askAt = monotonic + settings.leaseRetryMilliseconds
        }
    }

    private mutating func renewed(_ index: Int, _ sequence: UInt32, _ answer: EngineAnswer) {
        guard lanes[index].held?.renewal == sequence else { return }
        lanes[index].held?.renewal = nil
        switch answer {
        case .leased:
            renew(index, at: monotonic + settings.renewMilliseconds)
        case .leaseHeld, .cursorMoved: lose(lane: index, token: nextID())
        case .unavailable(let milliseconds):
            renew(index, at: monotonic + retry(after: milliseconds))
        case .failed, .processed, .recorded:
            renew(index, at: monotonic + settings.pauseMilliseconds)
        }
    }

    private mutating func renew(_ index: Int, at milliseconds: Int64) {
        lanes[index].held?.renewAt = milliseconds
    }

    /// The lease is no longer ours: nothing that was begun under it counts.
    mutating func lose(lane index: Int, token: UniqueID) {
        lanes[index].lose(token: token, askAt: monotonic + settings.pauseMilliseconds)
        output.observations.append(.lost(lanes[index].name))
    }

    /// How long to wait for a database that is away.
    func retry(after milliseconds: Int64) -> Int64 {
        min(max(milliseconds, 100), settings.leaseRetryMilliseconds)
    }
}
