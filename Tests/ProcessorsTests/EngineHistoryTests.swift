// Generated histories: a business at work, several instances that come, hang and vanish, answers
// that are late, lost or never known, leases that run out. However it goes, each event has its
// effects once, in the end nothing waits, and all models are the same.

import EventLog
import Store
import Support
import Testing

@testable import Domain
@testable import Processors

@Suite struct EngineHistoryTests {
    @Test(arguments: 0..<12)
    func `whatever goes wrong, every effect happens once`(run: Int) throws {
        var history = History(random: TestSeed.random("engine history", run))
        try history.run(steps: 400)
        history.recover()
        history.check()
    }
}

/// One generated history.
private struct History {
    var world = World()
    var random: SeededRandom
    var leads: [UniqueID] = []
    var decisions: [Subject] = []
    var reported: [UniqueID] = []
    var feedback = 0
    /// Instances that are gone without a word.
    var gone: Set<Int> = []

    init(random: SeededRandom) {
        self.random = random
        for _ in 0..<2 { start() }
    }

    private mutating func chance(_ oneIn: Int) -> Bool {
        Int.random(in: 0..<oneIn, using: &random) == 0
    }

    private mutating func start() {
        let small = chance(2)
        world.start { settings in
            settings.saveVersions = 3
            settings.positionsMax = small ? 5 : 256
            settings.logBytesMax = small ? 4_096 : 1 << 20
            settings.pageBytesMax = small ? 4_096 : 1 << 20
            settings.foldsPerTurn = small ? 3 : 4_096
        }
    }

    mutating func run(steps: Int) throws {
        for _ in 0..<steps {
            if chance(3) { try act() }
            if chance(60) { start() }
            if chance(80), gone.count + 1 < world.instances.count {
                gone.insert(Int.random(in: world.instances.indices, using: &random))
            }
            world.time += Int64.random(in: 0...(chance(30) ? 16_000 : 300), using: &random)
            for index in world.instances.indices where !gone.contains(index) { move(index) }
        }
    }

    /// Something that people do.
    private mutating func act() throws {
        switch Int.random(in: 0..<7, using: &random) {
        case 0: leads.append(world.createLead())
        case 1:
            guard let lead = leads.randomElement(using: &random) else { return }
            let order = try world.createOrder(for: lead)
            try world.schedule(order)
        case 2:
            guard let lead = leads.randomElement(using: &random),
                let model = world.instances.compactMap(\.board).last
            else { return }
            decisions.append(
                Subject(.decisions, world.decide(about: Subject(.leads, lead), by: model)))
        case 3:
            guard let about = decisions.randomElement(using: &random) else { return }
            world.feedback(on: about, reward: Double.random(in: -1...1, using: &random))
            feedback += 1
        default: reported.append(world.report())
        }
        if chance(25) { world.poison.insert(world.head) }
    }

    /// One instance gets some of what is on its way to it, or none.
    private mutating func move(_ index: Int) {
        if chance(2) {
            let head = world.instances[index].engine.log.head
            world.bring(
                index, to: UInt64.random(in: head...max(head, world.head), using: &random),
                most: Int.random(in: 1...40, using: &random))
        }
        world.turn(index)
        if chance(2) { world.readNext(of: index) }
        if chance(2) { commit(index) }
        let mail = world.instances[index].mail.count
        if mail > 0, chance(2) {
            world.deliver(index, piece: Int.random(in: 0..<mail, using: &random))
        }
    }

    /// The database takes a command, and now and then nobody hears what came of it.
    private mutating func commit(_ index: Int) {
        guard chance(8), let one = world.instances[index].commands.first else {
            world.commitNext(of: index)
            return
        }
        world.instances[index].commands.removeFirst()
        if chance(2) { world.commit(one.command, actor: one.actor) }
        world.instances[index].mail.append(
            .answer(
                one.sequence, .unavailable(retryAfterMilliseconds: 500), after: 0))
    }

    /// Everything works again, for long enough: leases of who is gone run out, and each event that
    /// the database refuses takes a few seconds.
    mutating func recover() {
        let alive = world.instances.indices.filter { !gone.contains($0) }
        for _ in 0..<300 {
            world.pass(milliseconds: 1_100, alive)
            let held = alive.flatMap { world.instances[$0].engine.readings }.filter(\.isLeased)
            if held.count == ProcessorName.allCases.count,
                held.allSatisfy({ $0.cursor == world.head }),
                alive.allSatisfy({
                    world.instances[$0].engine.folding.state.position == world.head
                })
            {
                return
            }
        }
    }

    func check() {
        let alive = world.instances.indices.filter { !gone.contains($0) }
        var holders: [ProcessorName: Int] = [:]
        for index in alive {
            for reading in world.instances[index].engine.readings where reading.isLeased {
                holders[reading.name, default: 0] += 1
                #expect(reading.lagPositions == 0, "\(reading.name)")
                #expect(reading.cursor == world.head, "\(reading.name)")
            }
        }
        for name in ProcessorName.allCases { #expect(holders[name] == 1, "\(name)") }
        checkEffects()
        let states = Set(alive.map { world.instances[$0].engine.folding.state.serialized() })
        #expect(states.count == 1, "the models differ")
    }

    /// Each event that is reacted to has each of its effects once, unless it was set aside.
    private func checkEffects() {
        let checked = world.effects(named: "compliance_checked")
        let scored = world.effects(named: "rl_scored")
        let learned = world.effects(named: "rl_updated")
        for position in 1...world.head {
            let input = world.input(position)
            for (name, counts) in [
                (ProcessorName.compliance, checked), (.rl, scored),
            ] where name.reacts(to: input.name, isUnified: input.isUnified) {
                if name == .rl, input.name == "feedback_received" { continue }
                #expect(
                    counts[input.id.text] == (isSetAside(position, by: name) ? nil : 1),
                    "\(name) of \(input.name) at \(position)")
            }
            for name in ProcessorName.allCases { #expect(letters(position, name) <= 1) }
        }
        for count in learned.values { #expect(count == 1) }
        #expect(
            world.entries.filter { $0.module == .events }.count
                == reported.count - letterCount(.log, among: reported))
        for event in reported { #expect(world.branches[event]?.count == 4) }
        let moves = Set(world.deadLetters.map(\.position))
        #expect(moves.isSubset(of: world.poison))
    }

    private func letters(_ position: UInt64, _ name: ProcessorName) -> Int {
        world.deadLetters.filter { $0.position == position && $0.processor == name }.count
    }

    private func isSetAside(_ position: UInt64, by name: ProcessorName) -> Bool {
        letters(position, name) > 0
    }

    private func letterCount(_ name: ProcessorName, among events: [UniqueID]) -> Int {
        let wanted = Set(events)
        return world.deadLetters.filter { $0.processor == name && wanted.contains($0.eventID) }
            .count
    }
}
