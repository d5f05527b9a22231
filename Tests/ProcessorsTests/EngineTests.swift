// The engine, one behaviour at a time, on a database that is nothing but the domain.

import EventLog
import Store
import Testing

@testable import Domain
@testable import Processors

@Suite struct EngineTests {
    @Test func `each reported event is checked, scored, acted on and logged`() {
        var world = World()
        world.start()
        world.settle()
        let event = world.report()
        world.settle()
        #expect(
            world.branches[event]
                == [.compliance: .done, .rl: .done, .workflow: .done, .log: .done])
        #expect(world.effects(named: "compliance_checked") == [event.text: 1])
        #expect(world.effects(named: "rl_scored") == [event.text: 1])
        #expect(world.inputs(named: "task_created").count == 1)
    }

    @Test func `effects carry the trace of their cause`() {
        var world = World()
        world.start()
        world.createLead()
        world.settle()
        let traces = Set(world.events.map { world.input($0.position).traceID })
        #expect(traces == [worldTrace])
        #expect(world.inputs(named: "rl_scored").allSatisfy { $0.depth == 1 })
        #expect(world.entries.allSatisfy { $0.traceID == worldTrace })
    }

    @Test func `the whole pipeline comes to rest with nothing left to do`() throws {
        var world = World()
        world.start()
        let lead = world.createLead()
        let order = try world.createOrder(for: lead)
        world.settle()
        let decision = world.decide(
            about: Subject(.orders, order), by: try found(world.instances[0].board))
        world.report()
        try world.schedule(order)
        world.feedback(on: Subject(.decisions, decision), reward: 0.8)
        world.settle()
        world.pass(milliseconds: 1_100)
        for reading in world.instances[0].engine.readings {
            #expect(reading.isLeased)
            #expect(reading.lagPositions == 0, "\(reading.name)")
            #expect(reading.cursor == world.head, "\(reading.name)")
            #expect(reading.failures == 0)
        }
        #expect(world.inputs(named: "notification_sent").count == 2)
        let learned = world.inputs(named: "rl_updated")
        #expect(learned.map { $0.fields["learned"]?.bool } == [true])
        #expect(world.instances[0].board?.state.version == 1)
    }

    @Test func `what is ignored moves the cursor at most once a second`() {
        var world = World()
        world.start([.notifications])
        world.settle()
        for _ in 0..<10 {
            world.createLead()
            world.pass(milliseconds: 50)
        }
        #expect(world.facts.processors[.notifications]?.cursor == 0)
        #expect(world.instances[0].engine.readings[0].lagPositions == 0)
        world.pass(milliseconds: 600)
        #expect(world.facts.processors[.notifications]?.cursor == 10)
    }

    @Test func `a processor that another instance holds is left alone until its lease ends`() {
        var world = World()
        world.start()
        world.start()
        world.settle()
        #expect(world.instances[0].engine.readings.allSatisfy { $0.isLeased })
        #expect(world.instances[1].engine.readings.allSatisfy { !$0.isLeased })
        world.report()
        world.settle([1])
        #expect(world.effects(named: "rl_scored").isEmpty)
        // The first instance is gone without a word.
        for _ in 0..<8 { world.pass(milliseconds: 2_600, [1]) }
        #expect(world.instances[1].engine.readings.allSatisfy { $0.isLeased })
        #expect(world.effects(named: "rl_scored").count == 1)
    }

    @Test func `a lease is made to last longer while its holder lives`() {
        var world = World()
        world.start()
        world.start()
        for _ in 0..<30 { world.pass(milliseconds: 2_000) }
        #expect(world.instances[0].engine.readings.allSatisfy { $0.isLeased })
        #expect(world.instances[0].observations.filter { $0 == .lost(.log) }.isEmpty)
    }

    @Test func `a stopped instance gives its leases back`() {
        var world = World()
        world.start()
        world.start()
        world.settle()
        world.instances[0].engine.stop()
        world.settle()
        #expect(world.instances[0].engine.isStopped)
        world.pass(milliseconds: 2_600, [1])
        #expect(world.instances[1].engine.readings.allSatisfy { $0.isLeased })
    }

    @Test func `an instance that lost its lease unheard does nothing twice`() throws {
        var world = World()
        world.start([.compliance])
        world.start([.compliance])
        world.settle()
        // The first instance's step is on its way for longer than its lease lasts.
        let event = world.report()
        world.bring(0, to: world.head)
        world.turn(0)
        #expect(world.instances[0].commands.count == 1)
        for _ in 0..<8 { world.pass(milliseconds: 2_600, [1]) }
        #expect(world.effects(named: "compliance_checked") == [event.text: 1])
        world.settle()
        #expect(world.effects(named: "compliance_checked") == [event.text: 1])
        #expect(!world.instances[0].engine.readings[0].isLeased)
        #expect(world.instances[0].observations.contains(.lost(.compliance)))
    }

    @Test func `a step whose answer was lost is not done again`() {
        var world = World()
        world.start([.compliance])
        world.settle()
        let event = world.report()
        world.bring(0, to: world.head)
        world.turn(0)
        // Committed, but the instance hears that nobody knows.
        let step = world.instances[0].commands.removeFirst()
        world.commit(step.command, actor: step.actor)
        world.instances[0].engine.answered(
            step.sequence, .unavailable(retryAfterMilliseconds: 100), at: world.moment)
        for _ in 0..<5 { world.pass(milliseconds: 700) }
        #expect(world.effects(named: "compliance_checked") == [event.text: 1])
        // It was never anybody else's, so it is not waited for until the lease ends.
        #expect(world.instances[0].engine.readings[0].isLeased)
        #expect(world.instances[0].engine.readings[0].lagPositions == 0)
    }

    @Test func `an event that the database refuses is set aside and its neighbours go on`() {
        var world = World()
        world.start([.workflow])
        let events = (0..<20).map { _ in world.report() }
        world.poison = [7]
        for _ in 0..<10 { world.pass(milliseconds: 600) }
        #expect(world.deadLetters.map(\.position) == [7])
        #expect(world.branches[events[6]]?[.workflow] == .failed)
        #expect(world.inputs(named: "task_created").count == 19)
        #expect(world.instances[0].engine.readings[0].deadLetters == 1)
        #expect(world.instances[0].engine.readings[0].lagPositions == 0)
    }

    @Test func `a dead letter is tried again when somebody asks for it`() throws {
        var world = World()
        world.start([.workflow])
        let event = world.report()
        world.poison = [1]
        for _ in 0..<10 { world.pass(milliseconds: 600) }
        let letter = try found(world.deadLetters.first)
        world.poison = []
        world.commit(.replayDeadLetter(ReplayDeadLetter(id: letter.id)))
        for _ in 0..<4 { world.pass(milliseconds: 600) }
        #expect(world.deadLetters.map(\.state) == [.replayed])
        #expect(world.branches[event]?[.workflow] == .done)
        #expect(world.inputs(named: "task_created").count == 1)
    }

    @Test func `a dead letter that fails again waits again`() throws {
        var world = World()
        world.start([.workflow])
        world.report()
        world.poison = [1]
        for _ in 0..<10 { world.pass(milliseconds: 600) }
        let letter = try found(world.deadLetters.first)
        world.commit(.replayDeadLetter(ReplayDeadLetter(id: letter.id)))
        for _ in 0..<10 { world.pass(milliseconds: 600) }
        #expect(world.deadLetters.map(\.state) == [.waiting])
        #expect(world.deadLetters.map(\.attempts) == [2])
    }

    @Test func `a text that is no event is set aside`() {
        var world = World()
        world.start([.log])
        world.append(name: "broken", subject: "events/x", text: Array(#"{"id":"#.utf8))
        let event = world.report()
        world.settle()
        #expect(world.deadLetters.map(\.position) == [1])
        #expect(world.branches[event]?[.log] == .done)
    }

    @Test func `a step covers at most 256 positions`() {
        var world = World()
        for _ in 0..<600 { world.report("ping") }
        world.start([.log])
        world.settle()
        #expect(world.entries.count == 600)
        #expect(world.instances[0].engine.readings[0].steps == 3)
    }

    @Test func `a long history is read page by page by whoever starts late`() {
        var world = World()
        for _ in 0..<900 { world.report("ping") }
        world.start { settings in
            // A single page fits, and each processor is somewhere else.
            settings.pageBytesMax = 1
            settings.logBytesMax = 1
        }
        world.settle()
        world.pass(milliseconds: 1_100)
        #expect(world.instances[0].engine.readings.allSatisfy { $0.lagPositions == 0 })
        #expect(world.effects(named: "rl_scored").count == 900)
    }

    @Test func `feedback on what was scored a moment ago is learned from`() {
        var world = World()
        let lead = world.createLead()
        world.feedback(on: Subject(.leads, lead), reward: 1)
        world.start()
        world.settle()
        #expect(
            world.inputs(named: "rl_updated").map { $0.fields["learned"]?.bool } == [true])
    }

    @Test func `the lag is how old the oldest event is that waits`() {
        var world = World()
        world.start([.compliance])
        world.settle()
        world.report()
        world.time += 1_500
        world.bring(0, to: world.head)
        world.turn(0)
        #expect(world.instances[0].engine.readings[0].lagPositions == 1)
        #expect(world.instances[0].engine.readings[0].lagMilliseconds == 1_500)
        world.settle()
        #expect(world.instances[0].engine.readings[0].lagMilliseconds == 0)
    }

    @Test func `no step is made while the database is away, and one when it is back`() {
        var world = World()
        world.start([.compliance])
        world.settle()
        world.report()
        world.bring(0, to: world.head)
        world.turn(0)
        for _ in 0..<3 {
            let step = world.instances[0].commands.removeFirst()
            world.instances[0].engine.answered(
                step.sequence, .unavailable(retryAfterMilliseconds: 1_000), at: world.moment)
            world.turn(0)
            #expect(world.instances[0].commands.isEmpty)
            world.time += 1_000
            world.turn(0)
        }
        world.settle()
        #expect(world.effects(named: "compliance_checked").count == 1)
    }
}
