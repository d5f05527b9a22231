// Schedules, quantiles, process readings and reports: what a person would decide by.

import Testing
import Wire

@testable import LoadTest

struct ReportTests {
    @Test func `a rate does not wait for a server that stalls`() {
        var schedule = PublishSchedule(
            pace: .rate(perSecond: 10), startNanoseconds: 0, durationSeconds: 1)
        #expect(schedule.takeDue(nowNanoseconds: 0, deliveredToAll: 0) == 0)
        #expect(schedule.takeDue(nowNanoseconds: 99_999_999, deliveredToAll: 0) == nil)
        #expect(schedule.nanosecondsToWait(nowNanoseconds: 40_000_000) == 60_000_000)
        // After 0.35 s without a look three are due, each at its own time.
        var due: [Int64] = []
        while let next = schedule.takeDue(nowNanoseconds: 350_000_000, deliveredToAll: 0) {
            due.append(next)
        }
        #expect(due == [100_000_000, 200_000_000, 300_000_000])
        #expect(schedule.takeDue(nowNanoseconds: 1_000_000_000, deliveredToAll: 0) == nil)
        #expect(schedule.published == 4)
    }

    @Test func `a window publishes no more than is outstanding`() {
        var schedule = PublishSchedule(
            pace: .window(events: 2), startNanoseconds: 0, durationSeconds: 1)
        #expect(schedule.takeDue(nowNanoseconds: 1, deliveredToAll: 0) == 1)
        #expect(schedule.takeDue(nowNanoseconds: 2, deliveredToAll: 0) == 2)
        #expect(schedule.takeDue(nowNanoseconds: 3, deliveredToAll: 0) == nil)
        #expect(schedule.takeDue(nowNanoseconds: 4, deliveredToAll: 1) == 4)
    }

    @Test func `quantiles keep three digits`() {
        var recorder = LatencyRecorder()
        for milliseconds in 1...1_000 {
            recorder.record(nanoseconds: Int64(milliseconds) * 1_000_000)
        }
        let summary = recorder.summary
        #expect(summary.count == 1_000)
        #expect(abs(summary.p50Microseconds - 500_000) <= 1_000)
        #expect(abs(summary.p99Microseconds - 990_000) <= 1_000)
        #expect(abs(summary.maxMicroseconds - 1_000_000) <= 1_000)
        #expect(LatencyRecorder().summary.text == "none measured")
    }

    @Test func `a process's name may hold anything`() throws {
        let stat = "42 (a) b (c)) S 1 1 1 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 1 0 5 6 7"
        let status = "Name:\tx\nVmRSS:\t  900 kB\nRssAnon:\t     512 kB\nRssFile:\t 1 kB\n"
        let usage = try #require(ProcessUsage(stat: stat, status: status, ticksPerSecond: 100))
        #expect(usage.processorMilliseconds == 3_000)
        #expect(usage.anonymousBytes == 524_288)
        #expect(ProcessUsage(stat: "", status: "", ticksPerSecond: 100) == nil)
    }

    @Test func `a report is one line of JSON that reads back`() throws {
        var report = SubscribersReport()
        report.transport = .webSocket
        report.connected = 2
        report.published = 3
        report.deliveries = 6
        report.firstFailure = "stream 1: \"quoted\"\nand more"
        let document = try JSONDocument(Array(report.json.utf8))
        #expect(!report.json.contains("\n"))
        let member = { (name: String) in document.member(name, of: document.root) }
        #expect(try document.integer(#require(member("deliveries"))) == 6)
        #expect(try document.string(#require(member("transport"))) == "ws")
        #expect(try document.bool(#require(member("clean"))) == true)
        var commands = CommandsReport()
        commands.sent = 3
        commands.statuses = [201: 2, 409: 1]
        let other = try JSONDocument(Array(commands.json.utf8))
        let statuses = try #require(other.member("statuses", of: other.root))
        #expect(try other.integer(#require(other.member("409", of: statuses))) == 1)
        #expect(!commands.isClean)
    }

    @Test func `one lost delivery is not clean`() {
        var report = SubscribersReport()
        report.connected = 10
        report.published = 10
        report.deliveries = 100
        #expect(report.isClean)
        report.deliveries = 99
        #expect(!report.isClean)
        report.deliveries = 100
        report.repeats = 1
        #expect(!report.isClean)
    }

    @Test func `a burst that comes late is not clean`() {
        var report = BurstReport()
        #expect(!report.isClean)
        report.spansMicroseconds = [9, 3, 7, 5]
        #expect(report.isClean && report.medianMicroseconds == 5)
        report.late = 1
        #expect(!report.isClean)
    }

    @Test func `numbers are written for people`() {
        #expect(FixedText.grouped(1_234_567) == "1,234,567")
        #expect(FixedText.grouped(-12) == "-12")
        #expect(FixedText.thousandths(1_005) == "1.005")
        #expect(FixedText.perSecond(10, nanoseconds: 0) == 0)
        #expect(FixedText.perSecond(10, nanoseconds: 2_000_000_000) == 5)
    }
}
