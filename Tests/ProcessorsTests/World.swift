// A database that is nothing but the domain: commands are decided one after another, events get
// their places, and what the engines are told comes as late and in such an order as a test wants.

import EventLog
import Reactor
import Store

@testable import Domain
@testable import Processors

let worldEpoch = Epoch(rawValue: 0x5f3a_09c1)
let worldTrace = "0af7651916cd43dd8448eb211c80319c"

/// What is on its way to an engine.
enum Delivery {
    /// Not before the engine has the log up to `after`: segments come before answers.
    case answer(UInt32, EngineAnswer, after: UInt64)
    case read(UInt32, EngineReadOutcome)
}

/// One instance: an engine, and what is on its way to it.
struct Instance {
    var engine: Engine
    var mail: [Delivery] = []
    var observations: [ProcessorObservation] = []
    var board: ModelSnapshot?
    /// What was asked for and is not yet answered, in the order of asking.
    var commands: [(sequence: UInt32, command: Command, actor: String)] = []
    var reads: [(sequence: UInt32, read: EngineRead)] = []
}

/// The database, the log and the instances on it.
struct World {
    var facts = Facts()
    var events: [LoggedEvent] = []
    var deadLetters: [DeadLetter] = []
    var models: [SaveModel] = []
    var branches: [UniqueID: [EventBranch: BranchState]] = [:]
    var entries: [LogEntry] = []
    var instances: [Instance] = []
    var time: Int64 = 1_795_000_000_000
    var ids = RandomSource(seed: 7)
    /// Steps that the database will not take, by a position in them.
    var poison: Set<UInt64> = []

    var head: UInt64 { UInt64(events.count) }
    var moment: Moment {
        Moment(monotonicMilliseconds: time - 1_794_000_000_000, realtimeMilliseconds: time)
    }

    mutating func id() -> UniqueID {
        UniqueID(milliseconds: time, random: (ids.next(), ids.next()))
    }

    /// Adds an instance that starts now.
    mutating func start(
        _ names: [ProcessorName] = ProcessorName.allCases,
        change: (inout ProcessorSettings) -> Void = { _ in }
    ) {
        var settings = ProcessorSettings(holder: "instance \(instances.count)")
        settings.names = names
        change(&settings)
        instances.append(
            Instance(
                engine: Engine(
                    settings, epoch: worldEpoch, head: head,
                    random: RandomSource(seed: UInt64(instances.count) + 1), at: moment)))
    }

    /// Decides a command as the committer does.
    @discardableResult
    mutating func commit(_ command: Command, actor: String = "asha") -> Result<Answer, Refusal> {
        if case .process(let step) = command,
            step.inputs.contains(where: { poison.contains($0.position) && $0.fault == nil })
        {
            return .failure(.internalError)
        }
        for name in ProcessorName.allCases where facts.processors[name] == nil {
            facts.processors[name] = ProcessorState(
                cursor: 0, lease: nil, holder: nil, leasedUntil: nil)
        }
        let context = CommandContext(
            principal: Principal(subject: actor, roles: RoleSet([.admin])),
            trace: TraceContext(traceparent: "00-\(worldTrace)-00f067aa0ba902b7-01"),
            auditID: id(), idempotency: nil)
        do throws(Refusal) {
            let decision = try Domain.decide(
                command, given: facts, by: context, at: Timestamp(milliseconds: time))
            facts.apply(decision)
            for change in decision.changes { note(change) }
            for event in decision.events { append(event) }
            return .success(decision.answer)
        } catch {
            return .failure(error)
        }
    }

    private mutating func note(_ change: Change) {
        switch change {
        case .insertDeadLetter(let letter): deadLetters.append(letter)
        case .updateDeadLetter(let letter):
            deadLetters = deadLetters.map { $0.id == letter.id ? letter : $0 }
        case .saveModel(let model): models.append(model)
        case .setBranch(let event, let branch, let state, _):
            branches[event, default: [:]][branch] = state
        case .insertLog(let entry): entries.append(entry)
        default: break
        }
    }

    private mutating func append(_ event: Event) {
        let owners = EventOwners(
            owner: event.ownership.owner, team: event.ownership.team,
            holder: event.ownership.holder)
        append(
            name: event.name, subject: event.subject, owners: owners, text: EventJSON.text(event))
    }

    /// Puts any text on the log.
    mutating func append(
        name: String, subject: String, owners: EventOwners = EventOwners(), text: [UInt8]
    ) {
        events.append(
            LoggedEvent(
                position: head + 1, name: name, subject: subject, owners: owners, text: text))
    }
}

// MARK: Delivering

extension World {
    /// Lets an engine have its turn, and takes what it asks.
    mutating func turn(_ index: Int) {
        _ = instances[index].engine.turn(at: moment)
        let output = instances[index].engine.takeOutput()
        instances[index].observations += output.observations
        if let model = output.model { instances[index].board = model }
        instances[index].commands += output.commands.map { ($0.sequence, $0.command, $0.actor) }
        instances[index].reads += output.reads
    }

    /// Gives an engine the log up to a position, in segments of at most `most`.
    mutating func bring(_ index: Int, to position: UInt64, most: Int = 64) {
        while instances[index].engine.log.head < position {
            let first = Int(instances[index].engine.log.head)
            let end = min(first + most, Int(position))
            instances[index].engine.append(
                Segment(
                    epoch: worldEpoch, events: Array(events[first..<end]), masks: .none))
        }
    }

    /// Commits the oldest command of an instance; its answer is on its way afterwards.
    mutating func commitNext(of index: Int) {
        guard !instances[index].commands.isEmpty else { return }
        let (sequence, command, actor) = instances[index].commands.removeFirst()
        let answer = EngineAnswer(commit(command, actor: actor))
        instances[index].mail.append(.answer(sequence, answer, after: head))
    }

    /// Answers the oldest read of an instance; what it gave is on its way afterwards.
    mutating func readNext(of index: Int) {
        guard !instances[index].reads.isEmpty else { return }
        let (sequence, read) = instances[index].reads.removeFirst()
        instances[index].mail.append(.read(sequence, outcome(of: read)))
    }

    private func outcome(of read: EngineRead) -> EngineReadOutcome {
        switch read {
        case .head: return .head(head)
        case .model: return .model(models.last?.bytes)
        case .replays: return .replays(deadLetters.filter { $0.state == .replaying })
        case .page(let page):
            let range = EventLog.range(ofPage: page)
            let end = min(range.upperBound, head)
            guard range.lowerBound <= end else { return .page(nil) }
            return .page(
                Segment(
                    epoch: worldEpoch,
                    events: Array(events[Int(range.lowerBound) - 1..<Int(end)]), masks: .none))
        }
    }

    /// Hands an engine one piece of its mail.
    mutating func deliver(_ index: Int, piece: Int = 0) {
        guard instances[index].mail.indices.contains(piece) else { return }
        switch instances[index].mail.remove(at: piece) {
        case .answer(let sequence, let answer, let after):
            bring(index, to: after)
            instances[index].engine.answered(sequence, answer, at: moment)
        case .read(let sequence, let outcome):
            instances[index].engine.wasRead(sequence, outcome, at: moment)
        }
    }

    /// Lets everything happen at once and in order until nothing is asked any more, or something
    /// has happened.
    mutating func settle(_ indexes: [Int]? = nil, until isEnough: (World) -> Bool = { _ in false })
    {
        for _ in 0..<10_000 {
            var isQuiet = true
            for index in indexes ?? Array(instances.indices) {
                bring(index, to: head)
                turn(index)
                while !instances[index].reads.isEmpty { readNext(of: index) }
                while !instances[index].commands.isEmpty {
                    commitNext(of: index)
                    if isEnough(self) { return }
                }
                if !instances[index].mail.isEmpty { isQuiet = false }
                while !instances[index].mail.isEmpty { deliver(index) }
            }
            if isQuiet { return }
        }
        preconditionFailure("the engines never come to rest")
    }

    /// Lets time pass, and everything that it brings.
    mutating func pass(milliseconds: Int64, _ indexes: [Int]? = nil) {
        time += milliseconds
        settle(indexes)
    }
}

extension EngineAnswer {
    /// What the Store would answer.
    init(_ result: Result<Answer, Refusal>) {
        switch result {
        case .success(.leased(let cursor)): self = .leased(cursor: cursor)
        case .success(.processed(let effects, let letters)):
            self = .processed(effects: effects, deadLetters: letters)
        case .success: self = .recorded
        case .failure(.leaseHeld): self = .leaseHeld
        case .failure(.cursorMoved): self = .cursorMoved
        case .failure(let refusal): self = .failed(code: refusal.code)
        }
    }
}
