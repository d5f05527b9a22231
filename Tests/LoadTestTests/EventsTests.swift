// Reported events and what follows from them: what a look at the processors says, and when a run
// may be called clean.

import Testing
import Wire

@testable import LoadTest

struct EventsTests {
    private static func reading(_ rows: String, head: Int = 40) throws -> ProcessorsReading? {
        let text = #"{"data":[\#(rows)],"next_cursor":null,"head":"\#(head)","this_instance":[]}"#
        return ProcessorsReading(try JSONDocument(Array(text.utf8)))
    }

    private static func row(_ name: String, cursor: Int, lag: Int, holder: String) -> String {
        #"{"name":"\#(name)","cursor":"\#(cursor)","lag":{"positions":\#(lag),"seconds":0.25},"#
            + #""holder":\#(holder),"leased_until":null,"dead_letters":1}"#
    }

    @Test func `the last of the processors decides`() throws {
        let rows = [
            Self.row("log", cursor: 40, lag: 0, holder: #""hub-1""#),
            Self.row("rl", cursor: 12, lag: 28, holder: #""hub-1""#),
        ]
        let behind = try #require(try Self.reading(rows.joined(separator: ",")))
        #expect(behind.lagPositionsMax == 28)
        #expect(behind.lagMillisecondsMax == 250)
        #expect(behind.deadLetters == 2)
        #expect(behind.isLeased)
        #expect(!behind.isAtRest)
        let rested = try #require(try Self.reading(rows[0]))
        #expect(rested.isAtRest)
    }

    @Test func `a processor that nobody runs is seen`() throws {
        let row = Self.row("log", cursor: 40, lag: 0, holder: "null")
        #expect(try Self.reading(row)?.isLeased == false)
    }

    @Test func `what is no answer about processors is none`() throws {
        #expect(ProcessorsReading(try JSONDocument(Array(#"{"code":"forbidden"}"#.utf8))) == nil)
        #expect(try Self.reading(#"{"name":"log"}"#) == nil)
        // With no processor at all nothing is ever at rest.
        #expect(try Self.reading("")?.isAtRest == false)
    }

    @Test func `a run is clean when each event was taken and all of it was done`() {
        var report = EventsReport()
        #expect(!report.isClean, "nothing was published")
        report.published = 10
        report.answered = 10
        report.logGrowth = 30
        #expect(!report.isClean, "the processors were never done")
        report.drainMilliseconds = 5
        #expect(report.isClean)
        for spoil in [
            { (report: inout EventsReport) in report.answered = 9 },
            { report in report.failures = 1 }, { report in report.unfinished = 1 },
            { report in report.deadLetters = 1 }, { report in report.logGrowth = 9 },
        ] {
            var broken = report
            spoil(&broken)
            #expect(!broken.isClean)
        }
    }

    @Test func `a report of events is one line of JSON`() throws {
        var report = EventsReport()
        report.published = 3
        report.serverBytes = [1, 2, 3]
        report.firstFailure = "a \"quoted\"\nreason"
        #expect(!report.json.contains("\n"))
        let document = try JSONDocument(Array(report.json.utf8))
        let member = { (name: String) in document.member(name, of: document.root) }
        #expect(try document.integer(#require(member("published"))) == 3)
        #expect(try document.kind(#require(member("drain_ms"))) == .null)
        #expect(try document.count(#require(member("server_bytes"))) == 3)
    }

    @Test func `options that make no sense are named`() throws {
        var options = EventsOptions(target: try LoadTestTarget(url: "http://127.0.0.1:1"))
        try options.check()
        options.batch = 1_001
        #expect(throws: LoadTestError.optionInvalid(name: "batch", reason: "1 to 1,000 events")) {
            try options.check()
        }
        options.batch = 1
        options.eventType = "not\"a type"
        #expect(throws: LoadTestError.self) { try options.check() }
    }

    @Test func `a run of decisions has its own name and way`() throws {
        var options = CommandsOptions(target: try LoadTestTarget(url: "http://127.0.0.1:1"))
        options.command = .decision(lessons: 5)
        #expect(options.requestPath == "/bhiv/agent/decide")
        let body = DecisionLessons.body(subject: "leads/1", number: 6)
        let document = try JSONDocument(Array(body.utf8))
        #expect(document.member("actions", of: document.root).map { document.count($0) } == 3)
        var report = CommandsReport()
        report.scenario = options.command.scenario
        report.modelVersion = 200
        #expect(report.text.hasPrefix("decisions    0 sent"))
        #expect(report.json.contains(#""scenario":"decisions""#))
        #expect(report.json.contains(#""model_version":200"#))
    }
}
