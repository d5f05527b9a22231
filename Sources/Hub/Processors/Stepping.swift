// Steps: looking through the log from where a lane stands, collecting what it reacts to, and
// handing it over as one command with everything that the decision needs.

import Domain
import EventLog
import Reactor
import Store

/// What a lane found in the log.
private struct Harvest {
    var inputs: [ProcessorInput] = []
    /// The last position that was looked at.
    var to: UInt64
    var byteCount = 0
    /// Subjects that a model is about to remember.
    var subjects: Set<String> = []
    /// The page that what follows is on.
    var missing: Int?
}

extension Engine {
    /// Makes the next step, if there is one to make.
    mutating func work(lane index: Int) {
        guard let held = lanes[index].held, held.flight == nil, isPrepared(index) else { return }
        guard monotonic >= held.pauseUntil else {
            wake(at: held.pauseUntil)
            return
        }
        if let replay = held.replays.first {
            self.replay(replay, lane: index, held)
            return
        }
        let harvest = look(lane: index, held)
        if let page = harvest.missing, harvest.inputs.isEmpty { need(page: page) }
        if !harvest.inputs.isEmpty {
            send(harvest.inputs, from: held.cursor, to: harvest.to, replay: nil, lane: index)
            return
        }
        lanes[index].held?.scanned = harvest.to
        guard harvest.to > held.cursor else { return }
        if monotonic >= held.moveAt {
            send([], from: held.cursor, to: harvest.to, replay: nil, lane: index)
        } else {
            wake(at: held.moveAt)
        }
    }

    /// Whether a lane has what it needs: the scorer a model that knows all that was done before.
    private func isPrepared(_ index: Int) -> Bool {
        guard lanes[index].name == .rl else { return true }
        guard let head = lanes[index].held?.leaseHead else { return false }
        return folding.isCaughtUp && log.head >= head
    }

    private mutating func look(lane index: Int, _ held: Held) -> Harvest {
        let name = lanes[index].name
        var harvest = Harvest(to: held.scanned)
        while harvest.to < log.head {
            guard let segment = log.segment(holding: harvest.to + 1) else {
                harvest.missing = EventLog.page(holding: harvest.to + 1)
                return harvest
            }
            var place = Int(harvest.to + 1 - segment.first)
            while place < segment.count, harvest.to < log.head {
                let position = segment.first + UInt64(place)
                if let first = harvest.inputs.first?.position,
                    position - first >= UInt64(settings.positionsMax)
                {
                    return harvest
                }
                let isUnified = EventReading.isUnified(
                    name: segment.name(at: place), subject: segment.subject(at: place))
                if name.reacts(to: segment.name(at: place), isUnified: isUnified) {
                    guard take(position, at: place, of: segment, name, held, &harvest) else {
                        return harvest
                    }
                }
                harvest.to = position
                place += 1
            }
        }
        return harvest
    }

    /// Adds an event to a step, unless it is full.
    private mutating func take(
        _ position: UInt64, at place: Int, of segment: Segment, _ name: ProcessorName,
        _ held: Held, _ harvest: inout Harvest
    ) -> Bool {
        guard harvest.inputs.count < held.inputsMax else { return false }
        harvest.byteCount += segment.eventText(at: position).count
        guard harvest.inputs.isEmpty || harvest.byteCount <= settings.stepBytesMax else {
            return false
        }
        if name == .rl {
            // Feedback on what is scored in this very step could not be learned from.
            let subject = segment.subject(at: place)
            if segment.name(at: place) == "feedback_received", harvest.subjects.contains(subject) {
                return false
            }
            harvest.subjects.insert(subject)
        }
        harvest.inputs.append(input(position, in: segment, held))
        return true
    }

    private mutating func input(
        _ position: UInt64, in segment: Segment, _ held: Held
    ) -> ProcessorInput {
        let input = window.input(at: position, in: segment)
        guard let fault = held.fault, fault.position == position else { return input }
        return input.faulted(fault.reason)
    }

    private mutating func replay(_ replay: Replay, lane index: Int, _ held: Held) {
        guard let segment = log.segment(holding: replay.position) else {
            if replay.position >= log.oldest { need(page: EventLog.page(holding: replay.position)) }
            return
        }
        send(
            [input(replay.position, in: segment, held)], from: held.cursor, to: held.cursor,
            replay: replay.id, lane: index)
    }

    private mutating func send(
        _ inputs: [ProcessorInput], from: UInt64, to: UInt64, replay: UniqueID?, lane index: Int
    ) {
        let name = lanes[index].name
        if name == .rl, !inputs.isEmpty { publish(urgent: true) }
        var ids: [UniqueID] = []
        ids.reserveCapacity(inputs.count * ProcessorStep.idsPerInput)
        var spans: [String] = []
        spans.reserveCapacity(inputs.count)
        for _ in inputs {
            for _ in 0..<ProcessorStep.idsPerInput { ids.append(nextID()) }
            spans.append(nextSpan())
        }
        let step = ProcessorStep(
            processor: name, lease: lanes[index].token, from: from, to: to, inputs: inputs,
            ids: ids, spans: spans, model: name == .rl ? model : nil,
            policy: settings.policy, rules: name == .workflow ? settings.rules : [],
            replay: replay)
        let sequence = submit(.process(step), as: .step(lane: index), by: name)
        lanes[index].held?.flight = Flight(
            sequence: sequence, from: from, to: to, positions: inputs.map(\.position),
            replay: replay)
    }

    /// The 16 hexadecimal digits of a span, not all of them 0 (W3C Trace Context §3.2.2.4).
    private mutating func nextSpan() -> String {
        let digits = String(random.next() | 1, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

// MARK: What came of it

extension Engine {
    /// Takes in what came of the step on its way.
    mutating func stepped(_ index: Int, _ sequence: UInt32, _ answer: EngineAnswer) {
        guard let flight = lanes[index].held?.flight, flight.sequence == sequence else { return }
        switch answer {
        case .processed(let effects, let deadLetters):
            lanes[index].processed(
                effects: effects, deadLetters: deadLetters, now: monotonic, settings: settings)
            if deadLetters > 0 {
                output.observations.append(
                    .deadLetters(lanes[index].name, count: deadLetters, to: flight.to))
            }
        case .recorded:
            lanes[index].processed(
                effects: 0, deadLetters: 0, now: monotonic, settings: settings)
        case .cursorMoved:
            // It may be our own step, of which we never heard: then the lease is ours still.
            lanes[index].reading.failures += 1
            lose(lane: index, token: lanes[index].token)
        case .leaseHeld:
            lanes[index].reading.failures += 1
            lose(lane: index, token: nextID())
        case .unavailable(let milliseconds):
            lanes[index].postpone(until: monotonic + retry(after: milliseconds))
        case .failed(let code):
            fail(index, flight, code)
        case .leased: fail(index, flight, "unexpected_answer")
        }
    }

    private mutating func fail(_ index: Int, _ flight: Flight, _ code: String) {
        output.observations.append(
            .stepFailed(lanes[index].name, from: flight.from, to: flight.to, code: code))
        lanes[index].failed(code: code, now: monotonic, settings: settings)
    }
}

// MARK: Readings

extension Engine {
    /// The readings now.
    var readings: [ProcessorReading] { lanes.map(\.reading) }

    /// Brings a lane's reading up to date.
    mutating func read(lane index: Int) {
        guard let held = lanes[index].held else {
            lanes[index].reading.isLeased = false
            lanes[index].reading.lagPositions = 0
            lanes[index].reading.lagMilliseconds = 0
            return
        }
        let isBusy = held.flight.map { !$0.positions.isEmpty && $0.replay == nil } ?? false
        let done = isBusy ? held.cursor : max(held.cursor, held.scanned)
        lanes[index].reading.isLeased = true
        lanes[index].reading.cursor = held.cursor
        lanes[index].reading.lagPositions = log.head > done ? log.head - done : 0
        lanes[index].reading.lagMilliseconds = 0
        guard log.head > done else {
            lanes[index].oldest = nil
            return
        }
        if lanes[index].oldest?.position != done + 1,
            let segment = log.segment(holding: done + 1),
            let time = EventReading.time(of: segment.eventText(at: done + 1))
        {
            lanes[index].oldest = (done + 1, time)
        }
        if let oldest = lanes[index].oldest {
            lanes[index].reading.lagMilliseconds = max(
                0, now.realtimeMilliseconds - oldest.time.milliseconds)
        }
    }
}

extension ProcessorInput {
    /// The same event as one that can't be dealt with.
    ///
    /// Without its data, which may be what the database refuses.
    fileprivate func faulted(_ reason: String) -> ProcessorInput {
        ProcessorInput(
            position: position, id: id, name: name, subject: subject, time: time, actor: actor,
            traceparent: traceparent, depth: depth, isUnified: isUnified,
            fields: .object([]), fault: reason)
    }
}
