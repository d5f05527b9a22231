// The processors of one instance as a state machine: the log, what was answered and the time go in;
// commands, reads and a model come out. It sleeps nowhere and asks nobody, so whole histories are
// run through it in a test, with leases lost and answers that never come.
//
//   mail ──▶ fold the model ──▶ each lane: lease, look through the log, step ──▶ polls ──▶ readings

import Domain
import EventLog
import Reactor
import Store

/// What the engine wants done.
struct EngineOutput {
    /// Commands, each with the name under which its answer comes back.
    var commands: [(sequence: UInt32, command: Command, actor: String, auditID: UniqueID)] = []
    var reads: [(sequence: UInt32, read: EngineRead)] = []
    /// A newer model.
    var model: ModelSnapshot?
    var observations: [ProcessorObservation] = []
}

/// The engine.
struct Engine {
    /// What an answer is for.
    enum Pending: Equatable {
        case lease(lane: Int)
        case renewal(lane: Int)
        case release(lane: Int)
        case step(lane: Int)
        case head(lane: Int)
        case page(Int)
        case save, model, replays
    }

    let settings: ProcessorSettings
    var log: EventLog
    var window = InputWindow()
    var folding = Folding()
    var lanes: [Lane]
    var random: RandomSource
    var pending: [UInt32: Pending] = [:]
    var output = EngineOutput()
    var now: Moment
    /// The model that was put up last.
    var model: ModelSnapshot
    /// Pages that were asked for, and when those that did not come are asked for again.
    var pages: [Int: Int64] = [:]
    private(set) var isStopping = false
    private var nextSequence: UInt32 = 0
    private var modelAt: Int64
    private var replaysAt: Int64
    /// When the engine wants to be called again at the latest.
    private var due = Int64.max

    /// Processors that stand where the log stood when the Store opened.
    init(
        _ settings: ProcessorSettings, epoch: Epoch, head: UInt64, random: RandomSource,
        at now: Moment
    ) {
        self.settings = settings
        self.random = random
        self.now = now
        log = EventLog(
            epoch: epoch, head: head, memoryBytesMax: settings.logBytesMax,
            pageBytesMax: settings.pageBytesMax)
        model = ModelSnapshot(folding.state)
        modelAt = now.monotonicMilliseconds
        replaysAt = now.monotonicMilliseconds
        lanes = []
        for name in settings.names {
            lanes.append(Lane(name, token: nextID(), now: now.monotonicMilliseconds))
        }
    }

    var monotonic: Int64 { now.monotonicMilliseconds }

    /// Takes what is to be done.
    mutating func takeOutput() -> EngineOutput {
        defer { output = EngineOutput() }
        return output
    }

    /// The log goes on.
    mutating func append(_ segment: Segment) {
        log.append(segment)
    }

    /// Events were erased.
    mutating func replace(_ replacement: Replacement) {
        log.replace(replacement)
        window = InputWindow()
    }

    /// Ends the work: what is on its way is awaited, then the leases are given back.
    mutating func stop() {
        isStopping = true
    }

    /// Whether no lease is held and none is asked for.
    var isStopped: Bool {
        isStopping && lanes.allSatisfy { $0.held == nil && $0.asking == nil }
    }

    /// Lets everything go on, and says when it wants to be called again at the latest.
    mutating func turn(at now: Moment) -> Int64 {
        self.now = now
        due = monotonic + 1_000
        fold()
        for index in lanes.indices { turn(lane: index) }
        poll()
        for index in lanes.indices { read(lane: index) }
        return due
    }

    /// Wants to be called again by then.
    mutating func wake(at milliseconds: Int64) {
        due = min(due, milliseconds)
    }

    private mutating func fold() {
        guard !isStopping else { return }
        let progress = folding.advance(
            &log, window: &window, foldsMax: settings.foldsPerTurn)
        switch progress {
        case .caughtUp, .notLoaded: break
        case .more: wake(at: monotonic)
        case .needsPage(let page): need(page: page)
        }
        publish(urgent: false)
        if let at = folding.publicationDue(everyMilliseconds: settings.publishMilliseconds) {
            wake(at: at)
        }
        if lanes.contains(where: { $0.name == .rl && $0.held != nil }),
            let save = folding.save(
                everyVersions: settings.saveVersions, everyFolds: settings.saveFolds)
        {
            submit(.saveModel(save), as: .save, by: .rl)
        }
    }

    /// Puts a newer model up, if there is one.
    mutating func publish(urgent: Bool) {
        if let newer = folding.publication(
            now: monotonic, everyMilliseconds: settings.publishMilliseconds, urgent: urgent)
        {
            model = newer
            output.model = newer
        }
    }

    private mutating func poll() {
        guard !isStopping else { return }
        if !folding.isLoaded {
            if monotonic >= modelAt, !pending.values.contains(.model) { read(.model, as: .model) }
            wake(at: max(modelAt, monotonic + 1))
        }
        guard lanes.contains(where: { $0.held != nil }) else { return }
        if monotonic >= replaysAt, !pending.values.contains(.replays) {
            read(.replays, as: .replays)
        }
        for (page, at) in pages where monotonic >= at && !pending.values.contains(.page(page)) {
            pages[page] = nil
        }
    }

    /// Asks for a page of the log, once.
    mutating func need(page: Int) {
        guard pages[page] == nil else { return }
        pages[page] = .max
        read(.page(page), as: .page(page))
    }
}

// MARK: Asking

extension Engine {
    /// A fresh id.
    mutating func nextID() -> UniqueID {
        UniqueID(
            milliseconds: now.realtimeMilliseconds, random: (random.next(), random.next()))
    }

    /// Submits a command and gives the name under which its answer comes.
    @discardableResult
    mutating func submit(
        _ command: Command, as what: Pending, by name: ProcessorName
    ) -> UInt32 {
        let sequence = expect(what)
        output.commands.append((sequence, command, name.actor, nextID()))
        return sequence
    }

    /// Asks for something to be read, and gives the name under which it comes.
    @discardableResult
    mutating func read(_ read: EngineRead, as what: Pending) -> UInt32 {
        let sequence = expect(what)
        output.reads.append((sequence, read))
        return sequence
    }

    private mutating func expect(_ what: Pending) -> UInt32 {
        nextSequence &+= 1
        pending[nextSequence] = what
        return nextSequence
    }
}

// MARK: What was read

extension Engine {
    /// Takes in what a read gave; one that nobody asked for is nothing.
    mutating func wasRead(_ sequence: UInt32, _ outcome: EngineReadOutcome, at now: Moment) {
        self.now = now
        guard let what = pending.removeValue(forKey: sequence) else { return }
        switch (what, outcome) {
        case (.page(let page), .page(let segment?)):
            pages[page] = nil
            log.insert(page: page, segment)
        case (.page(let page), _): pages[page] = monotonic + settings.pauseMilliseconds
        case (.head(let lane), _): tell(lane, sequence, outcome)
        case (.model, .model(let bytes)): load(bytes)
        case (.model, _): modelAt = monotonic + settings.pauseMilliseconds
        case (.replays, .replays(let letters)):
            take(letters)
            replaysAt = monotonic + settings.replayPollMilliseconds
        case (.replays, _): replaysAt = monotonic + settings.replayPollMilliseconds
        case (.lease, _), (.renewal, _), (.release, _), (.step, _), (.save, _): break
        }
    }

    /// Where the log ended after the lease was taken; of an earlier lease it is worth nothing.
    private mutating func tell(
        _ index: Int, _ sequence: UInt32, _ outcome: EngineReadOutcome
    ) {
        guard lanes[index].held?.headRead == sequence else { return }
        if case .head(let head) = outcome {
            lanes[index].held?.leaseHead = head
        } else {
            askHead(lane: index)
        }
    }

    /// Asks where the log ends now.
    mutating func askHead(lane index: Int) {
        let sequence = read(.head, as: .head(lane: index))
        lanes[index].held?.headRead = sequence
    }

    private mutating func load(_ bytes: [UInt8]?) {
        guard !folding.isLoaded else { return }
        if !folding.load(bytes) {
            output.observations.append(.modelUnreadable)
        } else if bytes != nil {
            output.observations.append(
                .modelLoaded(
                    position: folding.state.position, version: folding.state.version))
        }
    }

    private mutating func take(_ letters: [DeadLetter]) {
        for letter in letters where letter.state == .replaying {
            guard let lane = lanes.firstIndex(where: { $0.name == letter.processor }) else {
                continue
            }
            let replay = Replay(id: letter.id, position: letter.position)
            guard let held = lanes[lane].held, !held.replays.contains(replay) else { continue }
            lanes[lane].held?.replays.append(replay)
        }
    }
}
