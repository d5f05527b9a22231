// The model: folded from the log by every instance, saved now and then, and always the same bits.

import EventLog
import Store
import Testing

@testable import Domain
@testable import Processors

@Suite struct ModelTests {
    /// A business with decisions and feedback, on instances that have seen all of it.
    private func world(
        feedback: Int, change: (inout ProcessorSettings) -> Void = { _ in }
    ) throws -> World {
        var world = World()
        world.start(change: change)
        let order = try world.createOrder(for: world.createLead())
        world.settle()
        for round in 0..<feedback {
            let decision = world.decide(
                about: Subject(.orders, order), by: try found(world.instances[0].board))
            world.feedback(
                on: Subject(.decisions, decision), reward: Double(round % 5) / 2 - 1)
            world.pass(milliseconds: 30)
        }
        return world
    }

    @Test func `a model rebuilt from the log is the live one bit for bit`() throws {
        var world = try world(feedback: 40)
        #expect(world.instances[0].engine.folding.state.version == 40)
        world.start([])
        world.settle()
        #expect(
            world.instances[1].engine.folding.state.serialized()
                == world.instances[0].engine.folding.state.serialized())
    }

    @Test func `a model that goes on from a saved one is the live one bit for bit`() throws {
        var world = try world(feedback: 40) { $0.saveVersions = 12 }
        #expect(world.models.count == 3)
        world.start([])
        world.settle()
        #expect(
            world.instances[1].observations
                == [.modelLoaded(position: world.models[2].position, version: 36)])
        #expect(
            world.instances[1].engine.folding.state.serialized()
                == world.instances[0].engine.folding.state.serialized())
    }

    @Test func `a saved model that can't be read is made anew from the log`() throws {
        var world = try world(feedback: 5)
        world.models.append(SaveModel(position: 1, version: 1, bytes: [1, 2, 3]))
        world.start([])
        world.settle()
        #expect(world.instances[1].observations == [.modelUnreadable])
        #expect(
            world.instances[1].engine.folding.state.serialized()
                == world.instances[0].engine.folding.state.serialized())
    }

    @Test func `an instance without processors puts up the newest model too`() throws {
        var world = try world(feedback: 3)
        world.start([])
        world.settle()
        world.pass(milliseconds: 30)
        #expect(world.instances[1].board?.state.version == 3)
        #expect(world.instances[1].commands.isEmpty)
    }

    @Test func `a model is put up at most every twenty milliseconds`() throws {
        var world = try world(feedback: 0)
        world.pass(milliseconds: 100)
        let order = try found(world.facts.orders.keys.first)
        var boards = 0
        for _ in 0..<40 {
            world.decide(
                about: Subject(.orders, order), by: try found(world.instances[0].board))
            world.time += 1
            world.bring(0, to: world.head)
            let before = world.instances[0].board
            world.turn(0)
            if world.instances[0].board !== before { boards += 1 }
        }
        #expect((1...3).contains(boards))
        world.pass(milliseconds: 20)
        #expect(world.instances[0].board?.state.rememberedCount == 43)
    }

    @Test func `versions in the log count on across steps and instances`() throws {
        var world = try world(feedback: 10)
        world.instances[0].engine.stop()
        world.settle()
        world.start()
        world.pass(milliseconds: 100, [1])
        let order = try found(world.facts.orders.keys.first)
        for _ in 0..<3 {
            let decision = world.decide(
                about: Subject(.orders, order), by: try found(world.instances[1].board))
            world.feedback(on: Subject(.decisions, decision), reward: 1)
            world.settle([1])
        }
        let versions = world.inputs(named: "rl_updated").map {
            $0.fields["model_version"]?.number.map { Int($0) }
        }
        #expect(versions == Array(1...13))
    }

    @Test func `who takes over waits until it has seen all that was learned before`() throws {
        var world = try world(feedback: 0) { $0.positionsMax = 1 }
        world.start([.rl])
        world.settle()
        let order = try found(world.facts.orders.keys.first)
        let subject = Subject(
            .decisions,
            world.decide(about: Subject(.orders, order), by: try found(world.instances[0].board)))
        world.feedback(on: subject, reward: 1)
        world.feedback(on: subject, reward: -1)
        let seen = world.head
        world.bring(1, to: seen)
        // The first instance learns from the first of them and vanishes.
        world.settle([0], until: { $0.inputs(named: "rl_updated").count == 1 })
        world.bring(0, to: world.head)
        world.time += 16_000
        for _ in 0..<6 {
            world.turn(1)
            while !world.instances[1].reads.isEmpty { world.readNext(of: 1) }
            while !world.instances[1].commands.isEmpty { world.commitNext(of: 1) }
            // Answers to reads overtake the log.
            for case .answer(let sequence, let answer, _) in world.instances[1].mail {
                world.instances[1].engine.answered(sequence, answer, at: world.moment)
            }
            for case .read(let sequence, let outcome) in world.instances[1].mail {
                world.instances[1].engine.wasRead(sequence, outcome, at: world.moment)
            }
            world.instances[1].mail = []
        }
        #expect(world.inputs(named: "rl_updated").count == 1)
        world.settle([1])
        let versions = world.inputs(named: "rl_updated").map {
            $0.fields["model_version"]?.number.map { Int($0) }
        }
        #expect(versions == [1, 2])
    }
}
