// Generated histories: thousands of commands, decided one after another, must leave what holds for
// every history. A lead's events alone rebuild its row, and no two leads share a contact unless it
// was allowed. Batches are decided as the committer does: facts loaded, each decision taken in.

import Domain
import Support
import Testing

@Suite struct `Histories of leads` {
    /// What a history left behind.
    private struct World {
        var rows: [UniqueID: Lead] = [:]
        var events: [Event] = []
        var refusals: [String: Int] = [:]
    }

    private static let emails = ["a@x.test", "A@x.test", "b@x.test", "B@X.TEST", "c@x.test"]
    private static let phones = ["+91 11111", "0091-11111", "22222", "2.2.2.2.2", "+333333"]

    @Test func `a lead's events rebuild its row, and contacts stay unique`() throws {
        var random = TestSeed.random("histories of leads")
        var refusals: [String: Int] = [:]
        for _ in 0..<60 {
            let world = try run(&random, commands: 120)
            checkReplay(world)
            checkUnique(world)
            refusals.merge(world.refusals) { $0 + $1 }
        }
        // The histories are worth something only if they met every way to be refused.
        for code in [
            "duplicate_lead", "illegal_transition", "precondition_failed", "consent_required",
            "not_found", "already_converted",
        ] {
            #expect(refusals[code, default: 0] > 0, "\(code) was never met; seed \(TestSeed.value)")
        }
    }

    private func run(_ random: inout SeededRandom, commands: Int) throws -> World {
        var world = World()
        var consents: [ConsentKey: ConsentStatus] = [:]
        var now: Int64 = 0
        var number: UInt64 = 0
        while number < commands {
            // One batch: facts as the Store loads them, from the rows alone.
            var facts = Self.loaded(world.rows, consents)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                number += 1
                now += Int64.random(in: 0...3, using: &random)
                let command = Self.command(number, world.rows, &random)
                do throws(Refusal) {
                    let decision = try decide(command, given: facts, by: caller(), at: time(now))
                    facts.apply(decision)
                    for change in decision.changes { Self.write(change, &world, &consents) }
                    world.events += decision.events
                } catch {
                    world.refusals[error.code, default: 0] += 1
                }
            }
        }
        return world
    }

    private static func loaded(
        _ rows: [UniqueID: Lead], _ consents: [ConsentKey: ConsentStatus]
    ) -> Facts {
        var facts = Facts()
        facts.leads = rows.filter { $0.value.deletedAt == nil }
        facts.deletedLeads = rows.filter { $0.value.deletedAt != nil }
        facts.consents = consents
        for lead in facts.leads.values where !lead.duplicateAllowed {
            if let normal = lead.emailNormal { facts.leadsByEmail[normal] = lead.id }
            if let normal = lead.phoneNormal { facts.leadsByPhone[normal] = lead.id }
        }
        return facts
    }

    private static func write(
        _ change: Change, _ world: inout World, _ consents: inout [ConsentKey: ConsentStatus]
    ) {
        switch change {
        case .insertLead(let lead):
            #expect(world.rows[lead.id] == nil)
            world.rows[lead.id] = lead
        case .updateLead(let lead):
            #expect(world.rows[lead.id]?.version == lead.version - 1)
            world.rows[lead.id] = lead
        case .recordConsent(let record): consents[record.key] = record.status
        default: break
        }
    }

    private static func command(
        _ number: UInt64, _ rows: [UniqueID: Lead], _ random: inout SeededRandom
    ) -> Command {
        let known = rows.keys.sorted()
        if known.isEmpty || random.oneIn(3) {
            return .createLead(
                newLead(
                    number, email: random.oneIn(3) ? nil : random.pick(emails),
                    phone: random.oneIn(2) ? nil : random.pick(phones),
                    allowDuplicate: random.oneIn(3)))
        }
        let target = random.oneIn(25) ? id(999_999) : random.pick(known)
        if random.oneIn(12) {
            return .recordConsent(
                RecordConsent(
                    id: id(number), eventID: id(number + 3_000_000),
                    key: ConsentKey(subject: Lead.subject(target), purpose: .contract),
                    status: random.oneIn(3) ? .withdrawn : .granted))
        }
        if random.oneIn(15) {
            var conversion = ConvertLead(id: target, eventID: id(number + 4_000_000))
            if random.oneIn(2) {
                conversion.opportunity = CreateOpportunity(
                    id: id(number), eventID: id(number + 5_000_000), leadID: target, name: "Deal",
                    value: amount("1"), currency: rupees())
            }
            return .convertLead(conversion)
        }
        if random.oneIn(20) {
            return .deleteEntity(
                DeleteEntity(Subject(.leads, target), eventID: id(number + 6_000_000)))
        }
        var patch = UpdateLead(id: target, eventID: id(number + 2_000_000))
        if random.oneIn(3) { patch.email = .some(random.oneIn(4) ? nil : random.pick(emails)) }
        if random.oneIn(3) { patch.phone = .some(random.oneIn(4) ? nil : random.pick(phones)) }
        if random.oneIn(4) { patch.name = random.pick(["Asha Rao", "Ravi", "Mei"]) }
        if random.oneIn(4) { patch.company = .some(random.pick([nil, "Rao Ltd", "Mei GmbH"])) }
        if random.oneIn(5) { patch.tags = random.pick([[], ["hot"], ["hot", "vip"]]) }
        if random.oneIn(3) { patch.status = random.pick(LeadStatus.allCases) }
        if random.oneIn(3) {
            patch.ifMatch = [rows[target]?.version ?? 1, random.oneIn(2) ? 1 : 2]
            if random.oneIn(2) { patch.ifMatch?.removeFirst() }
        }
        patch.allowDuplicate = random.oneIn(10)
        return .updateLead(patch)
    }

    private func checkReplay(_ world: World) {
        var rebuilt: [UniqueID: Lead] = [:]
        for event in world.events {
            guard case .lead(let lead, let changed) = event.data else { continue }
            #expect(event.subject == lead.subject && event.time == lead.updatedAt)
            if event.name == "lead_created" {
                #expect(rebuilt[lead.id] == nil && lead.version == 1 && changed.isEmpty)
            } else {
                // No event is missing: versions follow each other, and each says what changed.
                #expect(rebuilt[lead.id]?.version == lead.version - 1)
                #expect(rebuilt[lead.id] != lead && !changed.isEmpty)
                #expect(rebuilt[lead.id]?.createdAt == lead.createdAt)
            }
            rebuilt[lead.id] = lead
        }
        #expect(rebuilt == world.rows)
        #expect(Set(world.events.map(\.id)).count == world.events.count)
    }

    private func checkUnique(_ world: World) {
        let counted = world.rows.values.filter { !$0.duplicateAllowed && $0.deletedAt == nil }
        let emails = counted.compactMap(\.emailNormal)
        let phones = counted.compactMap(\.phoneNormal)
        #expect(Set(emails).count == emails.count)
        #expect(Set(phones).count == phones.count)
    }
}

@Suite struct `Facts of a batch` {
    @Test func `a second command sees what the first decided`() throws {
        var facts = Facts()
        let first = try newLead(1, email: "a@b.c").decide(given: facts, by: caller(), at: time())
        #expect(
            (try? newLead(2, email: "a@b.c").decide(given: facts, by: caller(), at: time())) != nil)
        facts.apply(first)
        #expect(
            (try? newLead(2, email: "a@b.c").decide(given: facts, by: caller(), at: time())) == nil)
        #expect(facts.leads[id(1)] == lead(of: first))
    }

    @Test func `a lead that becomes an allowed duplicate frees its contact`() throws {
        var facts = try facts(newLead(1, email: "a@b.c", phone: "11111"))
        let patch = change(1) {
            $0.name = "B"
            $0.allowDuplicate = true
        }
        facts.apply(try patch.decide(given: facts, by: caller(), at: time()))
        #expect(facts.leadsByEmail.isEmpty && facts.leadsByPhone.isEmpty)
        #expect(facts.leads[id(1)]?.duplicateAllowed == true)
    }

    @Test func `a contact that another lead holds by now is not taken from it`() throws {
        var facts = try facts(newLead(1, email: "a@b.c"), newLead(2))
        // Lead 2 comes to hold the address while lead 1's row still says so.
        facts.leadsByEmail["a@b.c"] = id(2)
        let patch = change(1) { $0.email = .some(nil) }
        facts.apply(try patch.decide(given: facts, by: caller(), at: time()))
        #expect(facts.leadsByEmail["a@b.c"] == id(2))
    }

    @Test func `a decision without changes leaves the facts as they are`() throws {
        var facts = try facts(newLead(1, email: "a@b.c"))
        let before = facts
        facts.apply(try change(1) { _ in }.decide(given: facts, by: caller(), at: time()))
        #expect(facts.leads == before.leads && facts.leadsByEmail == before.leadsByEmail)
    }
}
