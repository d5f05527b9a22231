// The pipeline's commands on a real Postgres: what is stored is what was decided, an order has one
// active delivery whoever else asks, and a processor's step happens once.

import Domain
import Foundation
import Reactor
import Testing

@testable import Store

@Suite struct PipelineCommitTests {
    private var samples = CommandSamples(seed: SeededGenerator.testSeed("pipeline"))

    private mutating func submit(
        _ rig: CommitterRig, _ commands: Command...
    ) throws
        -> [RenderedAnswer]
    {
        try rig.submit(commands.map { samples.now($0) })
    }

    /// A lead with an opportunity and an order.
    private mutating func order(
        _ rig: CommitterRig
    ) throws -> (
        lead: UniqueID, opportunity: UniqueID, order: UniqueID
    ) {
        let lead = samples.createLead()
        let opportunity = samples.createOpportunity(of: lead.id)
        let order = samples.createOrder(of: opportunity.id)
        let answers = try submit(
            rig, .createLead(lead), .createOpportunity(opportunity), .createOrder(order))
        #expect(answers.map(\.status) == [201, 201, 201])
        return (lead.id, opportunity.id, order.id)
    }

    @Test mutating func `every step is stored, told and answered with its place`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        let ids = try order(rig)
        let delivery = samples.schedule(of: ids.order)
        let task = samples.createTask(about: Subject(.orders, ids.order))
        let decide = samples.decide(about: Subject(.orders, ids.order))
        var feedback = GiveFeedback(
            id: samples.id(), eventID: samples.id(), subject: Subject(.decisions, decide.id))
        feedback.rating = 5
        feedback.reward = 0.8
        let answers = try submit(
            rig, .scheduleDelivery(delivery), .createTask(task), .decide(decide),
            .giveFeedback(feedback))
        #expect(answers.map(\.status) == [201, 201, 200, 201])
        #expect(
            answers.map(\.location) == [
                "/logistics/deliveries/" + delivery.id.text, "/task/tasks/" + task.id.text, nil,
                "/task/feedback/" + feedback.id.text,
            ])
        #expect(answers.map(\.etag) == ["\"1\"", "\"1\"", nil, nil])
        #expect(
            rig.committed.flatMap(\.events).map(\.name) == [
                "lead_created", "opportunity_created", "order_created", "delivery_scheduled",
                "task_created", "decision_made", "feedback_received",
            ])
        let row = try database.open().run(
            """
            SELECT (SELECT value::text FROM opportunities), o.total::text, o.lines -> 1 ->> 'sku',
                d.delivery_date::text, o.lead_id = d.lead_id,
                (SELECT lead_id FROM tasks) = o.lead_id,
                (SELECT lead_id FROM feedback) = o.lead_id,
                (SELECT body FROM decisions)
            FROM orders AS o JOIN deliveries AS d ON d.order_id = o.id
            """)
        #expect(
            (0..<4).map { row.text(0, $0) } == [
                "12500.5000", "12500.1875", #"B "2""#, "2026-12-01",
            ])
        #expect((4..<7).allSatisfy { row.bool(0, $0) })
        #expect(row.bytes(0, 7) == answers[2].body)
        #expect(try database.isDense())
    }

    @Test mutating func `a delivery that arrives completes its order in one transaction`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        let ids = try order(rig)
        let delivery = samples.schedule(of: ids.order)
        func update(_ status: DeliveryStatus) -> Command {
            var command = UpdateDelivery(
                id: delivery.id, eventID: samples.id(), orderEventID: samples.id())
            command.status = status
            return .updateDelivery(command)
        }
        _ = try submit(rig, .scheduleDelivery(delivery))
        #expect(try submit(rig, update(.delivered))[0].code == "illegal_transition")
        let out = try submit(rig, update(.outForDelivery))[0]
        let request = samples.now(update(.delivered), key: "k")
        let arrived = try rig.submit([request])[0]
        #expect([out, arrived].map(\.status) == [200, 200])
        #expect(
            rig.committed.flatMap(\.events).suffix(2).map(\.name) == [
                "delivery_updated", "order_updated",
            ])
        #expect(
            try database.number("SELECT count(*) FROM orders WHERE status = 'delivered'") == 1)
        let again = try rig.submit([samples.now(request.command, key: "k")])[0]
        #expect(again == arrived.replayed)
    }

    @Test mutating func `a withdrawal reaches everything that is about the lead`() throws {
        let rig = try CommitterRig(TestDatabase())
        let ids = try order(rig)
        let task = samples.createTask(about: Subject(.opportunities, ids.opportunity))
        let delivery = samples.schedule(of: ids.order)
        _ = try submit(rig, .createTask(task), .scheduleDelivery(delivery))
        let subject = Lead.subject(ids.lead)
        _ = try submit(rig, .recordConsent(samples.consent(subject: subject, .withdrawn)))
        var order = UpdateOrder(id: ids.order, eventID: samples.id())
        order.status = .confirmed
        var move = UpdateDelivery(
            id: delivery.id, eventID: samples.id(), orderEventID: samples.id())
        move.status = .outForDelivery
        var feedback = GiveFeedback(
            id: samples.id(), eventID: samples.id(), subject: Subject(.tasks, task.id))
        feedback.rating = 1
        let decide = samples.decide(about: Subject(.deliveries, delivery.id))
        let answers = try submit(
            rig, .createOpportunity(samples.createOpportunity(of: ids.lead)),
            .createOrder(samples.createOrder(of: ids.opportunity)), .updateOrder(order),
            .updateDelivery(move), .giveFeedback(feedback), .decide(decide))
        #expect(answers.map(\.status) == [403, 403, 403, 403, 403, 200])
        let decided = String(decoding: answers[5].body, as: UTF8.self)
        #expect(decided.contains(#""action":"no_action""#))
        #expect(decided.contains(#""excluded_by":"actions_withdrawn""#))
    }

    @Test mutating func `references to nothing are refused by name of the field`() throws {
        let rig = try CommitterRig(TestDatabase())
        let nothing = samples.id()
        let feedback = GiveFeedback(
            id: samples.id(), eventID: samples.id(), subject: Subject(.tasks, nothing))
        let answers = try submit(
            rig, .createOpportunity(samples.createOpportunity(of: nothing)),
            .createOrder(samples.createOrder(of: nothing)),
            .scheduleDelivery(samples.schedule(of: nothing)),
            .createTask(samples.createTask(about: Subject(.leads, nothing))),
            .decide(samples.decide(about: Subject(.orders, nothing))), .giveFeedback(feedback))
        #expect(answers.map(\.status) == [422, 422, 422, 422, 422, 422])
    }

    @Test mutating func `of two that schedule a delivery at once one gets it, and one its id`()
        throws
    {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        var orders: [UniqueID] = []
        for _ in 0..<12 { orders.append(try order(rig).order) }
        let all = orders
        let seed = samples.random.next()
        let answers = try Parallel.run(2) { worker in
            var samples = CommandSamples(seed: seed &+ UInt64(worker))
            let rig = try CommitterRig(database, name: "worker \(worker)", lockTimeout: "10s")
            return try all.map { order in
                try rig.submit([samples.now(.scheduleDelivery(samples.schedule(of: order)))])[0]
            }
        }
        for (one, other) in zip(answers[0], answers[1]) {
            #expect(Set([one.status, other.status]) == [201, 409])
            let (winner, loser) = one.status == 201 ? (one, other) : (other, one)
            #expect(loser.code == "delivery_exists")
            let place = winner.location ?? "nowhere"
            #expect(String(decoding: loser.body, as: UTF8.self).contains(place))
        }
        #expect(try database.number("SELECT count(*) FROM deliveries") == 12)
        #expect(try database.isDense())
    }
}

@Suite struct ProcessorCommitTests {
    private var samples = CommandSamples(seed: SeededGenerator.testSeed("processors"))
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private func lease(_ token: UInt64, seconds: Int = 15) -> Command {
        .leaseProcessor(
            LeaseProcessor(
                processor: .workflow, token: UniqueID(high: 0, low: token), holder: "rig",
                seconds: seconds))
    }

    @Test mutating func `a lease keeps others out until it ends, and steps in order`() throws {
        let first = try CommitterRig(database)
        let second = try CommitterRig(database, name: "second")
        let leased = try first.submit([samples.now(samples.leaseCommand(.log))])[0]
        #expect(leased.leasedCursor == 0)
        let held = try second.submit([
            samples.now(samples.leaseCommand(.log, token: samples.id()))
        ])[0]
        #expect(held.status == 409 && held.code == "lease_held")
        let step = samples.step(.log)
        let done = try first.submit([samples.now(.process(step))])[0]
        #expect(done.processed.map { $0.effects } == 0)
        let again = try second.submit([samples.now(.process(step))])[0]
        #expect(again.code == "cursor_moved")
        let renewed = try first.submit([samples.now(samples.leaseCommand(.log))])[0]
        #expect(renewed.leasedCursor == step.to)
        #expect(try database.number("SELECT audit FROM log_head") == 0)
        #expect(try database.number("SELECT count(*) FROM logs") == 2)
    }

    @Test mutating func `a lease that ended goes to whoever asks, and its steps are refused`()
        throws
    {
        let first = try CommitterRig(database)
        let second = try CommitterRig(database, name: "second")
        _ = try first.submit([samples.now(lease(1, seconds: 0))])
        let taken = try second.submit([samples.now(lease(2))])[0]
        #expect(taken.leasedCursor == 0)
        let step = ProcessorStep(
            processor: .workflow, lease: UniqueID(high: 0, low: 1), from: 0, to: 9, inputs: [],
            ids: [], spans: [])
        #expect(try first.submit([samples.now(.process(step))])[0].code == "cursor_moved")
        #expect(
            try database.number("SELECT cursor FROM processors WHERE name = 'workflow'") == 0)
    }

    @Test mutating func `a step that two instances send at once happens once`() throws {
        let rig = try CommitterRig(database)
        let lead = samples.createLead()
        _ = try rig.submit([
            samples.now(.createLead(lead)), samples.now(samples.leaseCommand(.workflow)),
        ])
        let steps = (0..<15).map { _ in
            samples.step(.workflow, inputs: 3, about: Subject(.leads, lead.id))
        }
        let seed = samples.random.next()
        let answers = try Parallel.run(2) { [database] worker in
            var samples = CommandSamples(seed: seed &+ UInt64(worker))
            let rig = try CommitterRig(database, name: "worker \(worker)", lockTimeout: "10s")
            return try steps.map { try rig.submit([samples.now(.process($0))])[0] }
        }
        let inputs = steps.flatMap(\.inputs)
        let broken = inputs.count { $0.fault != nil }
        let done = answers.joined().compactMap(\.processed)
        #expect(done.count == steps.count)
        #expect(done.reduce(0) { $0 + $1.effects } == inputs.count - broken)
        #expect(answers.joined().count { $0.code == "cursor_moved" } == steps.count)
        #expect(try database.number("SELECT count(*) FROM tasks") == Int64(inputs.count - broken))
        #expect(try database.number("SELECT count(*) FROM dead_letters") == Int64(broken))
        #expect(
            try database.number("SELECT cursor FROM processors WHERE name = 'workflow'")
                == Int64(steps.last?.to ?? 0))
        #expect(
            try database.number(
                """
                SELECT count(*) FROM audit_logs WHERE action = 'task.create'
                    AND user_id = 'hub/workflow' AND trace_id = '0af7651916cd43dd8448eb211c80319c'
                """) == Int64(inputs.count - broken))
        #expect(try database.isDense())
    }

    @Test mutating func `a step under way elsewhere is waited for, and not done again`() throws {
        let first = try CommitterRig(database, lockTimeout: "10s")
        let second = try CommitterRig(database, name: "second", lockTimeout: "10s")
        _ = try first.submit([samples.now(samples.leaseCommand(.log))])
        let step = samples.step(.log)
        // Time enough for the second to be done.
        try first.stopInLoads(of: [samples.now(.process(step))], database)
        let again = samples.now(.process(step))
        second.committer.enqueue([again])
        for _ in 0..<15 { second.turn() }
        #expect(second.answers.isEmpty)
        #expect(first.run { first.answers.count == 2 })
        #expect(second.run { !second.answers.isEmpty })
        #expect(second.answers.values.first?.code == "cursor_moved")
        #expect(try database.number("SELECT count(*) FROM logs") == 2)
    }

    @Test mutating func `a score moves the entity tag, and no edit is lost to it`() throws {
        let rig = try CommitterRig(database)
        let lead = samples.createLead()
        _ = try rig.submit([
            samples.now(.createLead(lead)), samples.now(samples.leaseCommand(.rl)),
        ])
        let subject = Subject(.leads, lead.id)
        var steps: [ProcessorStep] = []
        while steps.count < 3 {
            let step = samples.step(.rl, inputs: 1, about: subject)
            steps.append(step)
        }
        var edit = UpdateLead(id: lead.id, eventID: samples.id())
        edit.ifMatch = [1]
        edit.name = "Asha"
        let scored = steps.flatMap(\.inputs).count { $0.fault == nil }
        // All in one batch: scores before and after the edit end in one row.
        let answers = try rig.submit([
            samples.now(.process(steps[0])), samples.now(.updateLead(edit)),
            samples.now(.process(steps[1])), samples.now(.process(steps[2])),
        ])
        #expect(answers.map(\.status) == [200, 200, 200, 200])
        let row = try database.open().run("SELECT name, score_version, version, score FROM leads")
        #expect(row.text(0, 0) == "Asha")
        #expect(row.int64(0, 1) == Int64(scored))
        #expect(row.int64(0, 2) == 2)
        let same = UpdateLead(id: lead.id, eventID: samples.id())
        let shown = try rig.submit([samples.now(.updateLead(same))])[0]
        #expect(shown.etag == (scored == 0 ? "\"2\"" : "\"2.\(scored)\""))
    }

    @Test mutating func `a processor's row that somebody holds makes its step wait alone`() throws {
        var limits = CommitLimits()
        limits.blockedMillisecondsMax = 1_500
        let rig = try CommitterRig(database, limits: limits)
        let holder = try database.open()
        try holder.script("BEGIN; SELECT FROM processors WHERE name = 'log' FOR UPDATE")
        let requests = [
            samples.now(samples.leaseCommand(.log)),
            samples.now(.publishEvents(samples.publish())),
            samples.now(samples.leaseCommand(.rl)),
        ]
        let answers = try rig.submit(requests)
        #expect(answers.map(\.status) == [503, 202, 200])
    }

    @Test mutating func `a delivery whose order somebody holds makes its command wait alone`()
        throws
    {
        var limits = CommitLimits()
        limits.blockedMillisecondsMax = 1_500
        let rig = try CommitterRig(database, limits: limits)
        let lead = samples.createLead()
        let opportunity = samples.createOpportunity(of: lead.id)
        let order = samples.createOrder(of: opportunity.id)
        let delivery = samples.schedule(of: order.id)
        let commands: [Command] = [
            .createLead(lead), .createOpportunity(opportunity), .createOrder(order),
            .scheduleDelivery(delivery),
        ]
        let made = try rig.submit(commands.map { samples.now($0) })
        #expect(made.map(\.status) == [201, 201, 201, 201])
        let holder = try database.open()
        try holder.script("BEGIN; SELECT FROM orders FOR UPDATE")
        var update = UpdateDelivery(
            id: delivery.id, eventID: samples.id(), orderEventID: samples.id())
        update.carrier = "Post"
        let answers = try rig.submit([
            samples.now(.updateDelivery(update)), samples.now(.publishEvents(samples.publish())),
        ])
        #expect(answers.map(\.status) == [503, 202])
    }
}
