// What is decided about leads: making, changing, and what is refused.

import Domain
import Testing

@Suite struct `Creating a lead` {
    @Test func `it is version 1, new, and owned by who made it`() throws {
        var command = newLead(1, email: "a@b.c", phone: "+91 98765 43210")
        command.tags = ["hot"]
        let decision = try decide(.createLead(command), given: Facts(), by: caller(), at: time())
        let made = try #require(lead(of: decision))
        #expect(made.version == 1 && made.status == .new && made.owner == "asha")
        #expect(made.createdAt == time() && made.updatedAt == time())
        #expect(made.tags == ["hot"] && made.score == nil && !made.duplicateAllowed)
        #expect(decision.changes == [.insertLead(made)])
        let event = try #require(decision.events.first)
        #expect(decision.events.count == 1)
        #expect(event.name == "lead_created" && event.subject == "leads/" + id(1).text)
        #expect(event.id == command.eventID && event.actor == "asha" && event.time == time())
        #expect(event.traceparent == caller().trace.traceparent)
        #expect(event.data == .lead(made, changed: []))
    }

    @Test func `a named owner is kept`() throws {
        var command = newLead(1)
        command.owner = "ravi"
        let decision = try command.decide(given: Facts(), by: caller(), at: time())
        #expect(lead(of: decision)?.owner == "ravi")
    }

    @Test(arguments: [
        (newLead(2, email: "ASHA@example.test"), "email"),
        (newLead(2, email: "other@example.test", phone: "0091-98765-43210"), "phone"),
        (newLead(2, email: "asha@EXAMPLE.test", phone: "+919876543210"), "email"),
    ])
    func `a duplicate is refused, naming the one that exists and the field`(
        command: CreateLead, field: String
    ) throws {
        let facts = try facts(newLead(1, email: "asha@example.test", phone: "+91 98765 43210"))
        let refused = refusal { () throws(Refusal) in
            _ = try command.decide(given: facts, by: caller(), at: time())
        }
        #expect(refused == .duplicateLead(existing: id(1), field: field))
        #expect(refused?.status == 409)
        #expect(refused?.code == "duplicate_lead")
    }

    @Test func `a duplicate that is allowed is made, and stands in nobody's way`() throws {
        var facts = try facts(newLead(1, email: "a@b.c"))
        let allowed = newLead(2, email: "a@b.c", allowDuplicate: true)
        facts.apply(try allowed.decide(given: facts, by: caller(), at: time()))
        #expect(facts.leads[id(2)]?.duplicateAllowed == true)
        #expect(facts.leadsByEmail["a@b.c"] == id(1))
        // The first one moves away; the allowed one does not hold the address.
        let move = change(1) { $0.email = .some("x@y.z") }
        facts.apply(try move.decide(given: facts, by: caller(), at: time()))
        let third = newLead(3, email: "A@B.C")
        #expect((try? third.decide(given: facts, by: caller(), at: time())) != nil)
    }

    @Test func `leads without contact are no duplicates of each other`() throws {
        let facts = try facts(newLead(1), newLead(2), newLead(3))
        #expect(facts.leads.count == 3)
    }
}

@Suite struct `Changing a lead` {
    private func refused(_ command: UpdateLead, given facts: Facts) -> Refusal? {
        refusal { () throws(Refusal) in
            _ = try decide(.updateLead(command), given: facts, by: caller(), at: time(9))
        }
    }

    @Test func `what is given is set, null clears, and the rest stays`() throws {
        var first = newLead(1, email: "a@b.c", phone: "12345")
        first.company = "Rao Ltd"
        let facts = try facts(first)
        let patch = change(1) {
            $0.name = "Asha R."
            $0.phone = .some(nil)
            $0.team = .some("west")
            $0.tags = ["vip"]
            $0.status = .contacted
        }
        let decision = try patch.decide(
            given: facts, by: caller("ravi", roles: [.admin]), at: time(9))
        let changed = try #require(lead(of: decision))
        #expect(changed.name == "Asha R." && changed.phone == nil && changed.team == "west")
        #expect(changed.email == "a@b.c" && changed.company == "Rao Ltd")
        #expect(changed.version == 2 && changed.createdAt == time() && changed.updatedAt == time(9))
        #expect(decision.changes == [.updateLead(changed)])
        let event = try #require(decision.events.first)
        #expect(event.name == "lead_updated" && event.actor == "ravi")
        #expect(decision.events.count == 1)
        #expect(
            event.data
                == .lead(changed, changed: ["name", "phone", "team", "tags", "status"]))
    }

    @Test func `who sells finds no lead of others to change, and finds their team's`() throws {
        let facts = try facts(newLead(1))
        let patch = change(1) { $0.name = "Mine" }
        func refused(by principal: Principal) -> Refusal? {
            let context = CommandContext(
                principal: principal, trace: TraceContext(traceparent: ""), auditID: id(7),
                idempotency: nil)
            return refusal { () throws(Refusal) in
                _ = try patch.decide(given: facts, by: context, at: time(9))
            }
        }
        let owner = facts.leads[id(1)]?.owner ?? ""
        #expect(refused(by: Principal(subject: owner, roles: RoleSet([.sales]))) == nil)
        #expect(
            refused(by: Principal(subject: owner + "x", roles: RoleSet([.sales])))
                == .notFound("leads/" + id(1).text))
        #expect(refused(by: Principal(subject: "x", roles: RoleSet([.sales, .service]))) == nil)
    }

    @Test func `each field that changes is named in the event`() throws {
        let facts = try facts(newLead(1))
        let patches: [(String, UpdateLead)] = [
            ("name", change(1) { $0.name = "B" }),
            ("email", change(1) { $0.email = .some("b@c.d") }),
            ("phone", change(1) { $0.phone = .some("12345") }),
            ("company", change(1) { $0.company = .some("B") }),
            ("source", change(1) { $0.source = .some("B") }),
            ("owner", change(1) { $0.owner = .some("B") }),
            ("team", change(1) { $0.team = .some("B") }),
            ("tags", change(1) { $0.tags = ["B"] }),
            ("status", change(1) { $0.status = .contacted }),
        ]
        #expect(patches.map(\.0) == LeadFieldName.allCases.map(\.rawValue))
        for (name, patch) in patches {
            let decision = try patch.decide(given: facts, by: caller(), at: time(9))
            let changed = try #require(lead(of: decision))
            #expect(decision.events.map(\.data) == [.lead(changed, changed: [name])])
        }
    }

    @Test func `a patch that changes nothing is the current lead, and no event`() throws {
        let facts = try facts(newLead(1, email: "a@b.c"))
        let current = try #require(facts.leads[id(1)])
        let same = change(1) {
            $0.name = current.name
            $0.email = .some("a@b.c")
            $0.company = .some(nil)
            $0.tags = []
            $0.status = .new
            $0.allowDuplicate = true
        }
        for patch in [same, change(1) { _ in }] {
            let decision = try patch.decide(given: facts, by: caller(), at: time(9))
            #expect(decision.changes.isEmpty && decision.events.isEmpty)
            #expect(lead(of: decision) == current)
        }
    }

    @Test func `a lead that is not there is named`() {
        let missing = refused(change(7) { $0.name = "B" }, given: Facts())
        #expect(missing == .notFound("leads/" + id(7).text))
    }

    @Test func `a lost race is told the current version, even by a patch of nothing`() throws {
        let facts = try facts(newLead(1))
        for versions in [[], [2], [0, 3]] {
            let patch = change(1) {
                $0.ifMatch = versions
                $0.name = "B"
            }
            #expect(refused(patch, given: facts) == .preconditionFailed(currentVersion: 1))
            let nothing = change(1) { $0.ifMatch = versions }
            #expect(refused(nothing, given: facts) == .preconditionFailed(currentVersion: 1))
        }
        let won = change(1) {
            $0.ifMatch = [4, 1]
            $0.name = "B"
        }
        #expect(refused(won, given: facts) == nil)
    }

    @Test func `a withdrawal on record comes before everything that the body says`() throws {
        var facts = try facts(newLead(1))
        let key = ConsentKey(subject: "leads/" + id(1).text, purpose: .contract)
        facts.consents[key] = .withdrawn
        let patch = change(1) {
            $0.ifMatch = [99]
            $0.status = .converted
        }
        #expect(
            refused(patch, given: facts)
                == .consentRequired(purpose: .contract, subject: key.subject))
        facts.consents[key] = .granted
        #expect(refused(patch, given: facts) == .preconditionFailed(currentVersion: 1))
    }

    @Test func `taking another lead's contact is refused, keeping one's own is not`() throws {
        let facts = try facts(
            newLead(1, email: "a@b.c", phone: "11111"), newLead(2, email: "x@y.z", phone: "22222"))
        #expect(
            refused(change(2) { $0.email = .some("A@B.C") }, given: facts)
                == .duplicateLead(existing: id(1), field: "email"))
        #expect(
            refused(change(2) { $0.phone = .some("1-1-1-1-1") }, given: facts)
                == .duplicateLead(existing: id(1), field: "phone"))
        #expect(refused(change(1) { $0.email = .some("A@b.c") }, given: facts) == nil)
        let allowed = change(2) {
            $0.email = .some("a@b.c")
            $0.allowDuplicate = true
        }
        #expect(refused(allowed, given: facts) == nil)
    }

    @Test func `a contact that was given up can be taken by another command of the batch`() throws {
        var facts = try facts(newLead(1, email: "a@b.c"), newLead(2))
        let leave = change(1) { $0.email = .some(nil) }
        facts.apply(try leave.decide(given: facts, by: caller(), at: time()))
        #expect(facts.leadsByEmail["a@b.c"] == nil)
        let take = change(2) { $0.email = .some("a@b.c") }
        facts.apply(try take.decide(given: facts, by: caller(), at: time()))
        #expect(facts.leadsByEmail["a@b.c"] == id(2))
        #expect(
            refused(change(1) { $0.email = .some("a@b.c") }, given: facts)
                == .duplicateLead(existing: id(2), field: "email"))
    }
}
