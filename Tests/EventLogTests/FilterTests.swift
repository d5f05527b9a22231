// What a filter lets through, and that equal wishes are equal filters.

import EventLog
import Testing

@Suite struct FilterTests {
    private func wants(_ filter: Filter, _ name: String, _ subject: String) -> Bool {
        filter.matches(
            name: name, subject: subject, entity: LoggedEvent.entity(ofSubject: subject),
            of: EventOwners())
    }

    @Test(
        arguments: [
            (EventOwners(owner: "asha"), true), (EventOwners(owner: "ravi"), false),
            (EventOwners(team: "west"), true), (EventOwners(team: "east"), false),
            (EventOwners(owner: "ravi", team: "west"), true),
            (EventOwners(owner: "asha", team: "east"), true), (EventOwners(), true),
            (EventOwners(owner: "ravi", holder: "asha"), true),
            (EventOwners(team: "east", holder: "ravi"), false), (EventOwners(holder: "ravi"), true),
        ])
    func `a scope lets through what is one's own, one's teams' and nobody's`(
        owners: EventOwners, isSeen: Bool
    ) {
        let scope = OwnershipScope(subject: "asha", teams: ["west", "north"], own: ["leads"])
        let everything = Filter.everything.scoped(by: scope)
        let leads = Filter([FilterTerms(entities: ["lead"])], scope: scope)
        for filter in [everything, leads, leads.adding(FilterTerms(types: ["x"]))] {
            #expect(
                filter.matches(
                    name: "lead_created", subject: "leads/1", entity: "lead", of: owners) == isSeen)
        }
        #expect(everything != .everything && !everything.isEverything)
        #expect(everything.scoped(by: nil) == .everything)
        #expect(leads.removing(FilterTerms(entities: ["lead"])).scope == scope)
    }

    @Test func `a scope is of some kinds of things, and an event may be seen whatever it is about`()
    {
        let scope = OwnershipScope(
            subject: "asha", teams: [], own: ["leads"], hidden: ["deliveries"], names: ["checked"])
        func isSeen(_ name: String, _ entity: String, _ owner: String) -> Bool {
            scope.includes(name: name, entity: entity, of: EventOwners(owner: owner))
        }
        #expect(isSeen("x", "lead", "asha") && !isSeen("x", "lead", "ravi"))
        #expect(isSeen("x", "order", "ravi"))
        #expect(!isSeen("x", "delivery", "asha") && isSeen("checked", "delivery", "ravi"))
        #expect(isSeen("checked", "lead", "ravi"))
    }

    @Test func `who sees all of some kinds and nothing of others is like all who do`() {
        func scope(_ subject: String) -> OwnershipScope {
            OwnershipScope(subject: subject, teams: [subject], own: [], hidden: ["leads"])
        }
        #expect(scope("asha") == scope("ravi"))
        #expect(Set([scope("asha"), scope("ravi")]).count == 1)
    }

    @Test func `an empty list is no condition`() {
        #expect(wants(.everything, "lead_created", "leads/1"))
        #expect(wants(Filter([FilterTerms()]), "any", ""))
        #expect(Filter([FilterTerms()]) == .everything)
        #expect(!wants(.nothing, "lead_created", "leads/1"))
    }

    @Test func `conditions of one term are combined by and, words of one condition by or`() {
        let filter = Filter([
            FilterTerms(types: ["lead_created", "order_*"], entities: ["lead", "order"])
        ])
        #expect(wants(filter, "lead_created", "leads/1"))
        #expect(wants(filter, "order_created", "orders/1"))
        #expect(wants(filter, "order_", "orders/1"))
        #expect(!wants(filter, "order", "orders/1"))
        #expect(!wants(filter, "lead_created", "tasks/1"))
        #expect(!wants(filter, "lead_created_twice", "leads/1"))
    }

    @Test func `terms are a union`() {
        let filter = Filter([
            FilterTerms(types: ["a"], subjects: ["leads/1"]), FilterTerms(entities: ["task"]),
        ])
        #expect(wants(filter, "a", "leads/1"))
        #expect(wants(filter, "b", "tasks/9"))
        #expect(!wants(filter, "b", "leads/1"))
        #expect(!wants(filter, "a", "leads/2"))
    }

    @Test func `equal wishes are equal however they are written`() {
        let one = Filter([FilterTerms(types: ["b", "a", "a"], subjects: ["y", "x"])])
        let other = Filter([FilterTerms(types: ["a", "b"], subjects: ["x", "y", "x"])])
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        let added = Filter.nothing.adding(FilterTerms(types: ["b"]))
            .adding(FilterTerms(types: ["a"])).adding(FilterTerms(types: ["b"]))
        #expect(added == Filter([FilterTerms(types: ["a", "b"])]))
        #expect(Filter([FilterTerms(types: ["a", "*"])]) == .everything)
        #expect(one != Filter([FilterTerms(types: ["a"], subjects: ["x", "y"])]))
    }

    @Test func `subjects that only look the same are two`() {
        let composed = FilterTerms(subjects: ["users/\u{e9}"])
        let decomposed = FilterTerms(subjects: ["users/e\u{301}"])
        #expect(wants(Filter([composed]), "consent_granted", "users/\u{e9}"))
        #expect(!wants(Filter([composed]), "consent_granted", "users/e\u{301}"))
        #expect(Filter([composed]) != Filter([decomposed]))
        let both = Filter([composed]).adding(decomposed)
        #expect(wants(both, "consent_granted", "users/e\u{301}"))
        #expect(both.removing(decomposed) == Filter([composed]))
        let words = FilterTerms(subjects: ["users/\u{e9}", "users/e\u{301}", "users/\u{e9}"])
        #expect(wants(Filter([words]), "consent_granted", "users/e\u{301}"))
        #expect(Filter([words]).terms.map(\.subjects.count) == [2])
        let scope = OwnershipScope(
            subject: "jos\u{e9}", teams: ["\u{e9}t\u{e9}"], own: ["leads"])
        func isSeen(_ owners: EventOwners) -> Bool {
            scope.includes(name: "x", entity: "lead", of: owners)
        }
        #expect(isSeen(EventOwners(owner: "jos\u{e9}")))
        #expect(!isSeen(EventOwners(owner: "jose\u{301}", team: "e\u{301}te\u{301}")))
        #expect(
            scope
                != OwnershipScope(subject: "jose\u{301}", teams: scope.teams, own: ["leads"]))
    }

    @Test func `unsubscribing the last term leaves nothing`() {
        let term = FilterTerms(types: ["order_*"], subjects: ["leads/1"])
        let filter = Filter.nothing.adding(term)
        #expect(filter.removing(term) == .nothing)
        #expect(Filter.everything.removing(FilterTerms()) == .nothing)
        #expect(filter.removing(FilterTerms()) == .nothing)
    }

    @Test func `unsubscribing takes away what it names and no more`() {
        let filter = Filter([FilterTerms(types: ["a", "b"]), FilterTerms(entities: ["task"])])
        let without = filter.removing(FilterTerms(types: ["b"]))
        #expect(without == Filter([FilterTerms(types: ["a"]), FilterTerms(entities: ["task"])]))
        #expect(filter.removing(FilterTerms(types: ["c"])) == filter)
        #expect(filter.removing(FilterTerms(types: ["a"], subjects: ["x"])) == filter)
        #expect(
            filter.removing(FilterTerms(entities: ["lead", "task"]))
                == Filter([FilterTerms(types: ["a", "b"])]))
        #expect(Filter.everything.removing(FilterTerms(types: ["a"])) == .everything)
        let subjects = Filter([FilterTerms(subjects: ["x", "y"])])
        #expect(
            subjects.removing(FilterTerms(subjects: ["x"]))
                == Filter([FilterTerms(subjects: ["y"])]))
    }

    @Test(arguments: [
        ("a", ["a"]), ("lead_created,order_*", ["lead_created", "order_*"]), ("*", ["*"]),
        ("sla.warning2", ["sla.warning2"]), (String(repeating: "a", count: 64) + "*", nil),
    ])
    func `a list of types is read`(text: String, types: [String]?) {
        let expected = types ?? [String(repeating: "a", count: 64) + "*"]
        #expect(Filter.parseTypes(text) == expected)
    }

    @Test(arguments: [
        "", ",", "a,", ",a", "a,,b", "A", "1a", "_a", ".a", "a*b", "**", "a**", "a b", " a", "a-b",
        "é", String(repeating: "a", count: 65),
    ])
    func `a list with a bad type is refused`(text: String) {
        #expect(Filter.parseTypes(text) == nil)
    }

    @Test func `a list has at most 64 types`() {
        let types = (0..<64).map { "t\($0)" }
        #expect(Filter.parseTypes(types.joined(separator: ",")) == types)
        #expect(Filter.parseTypes((types + ["more"]).joined(separator: ",")) == nil)
    }
}
