// Load goes to this machine alone: what is taken as a target, and what is refused with which words.

import Testing

@testable import LoadTest

struct LoadTestTargetTests {
    @Test(arguments: [
        ("http://127.0.0.1:8005", "127.0.0.1", 8005, "127.0.0.1:8005"),
        ("http://127.200.3.4:1/", "127.200.3.4", 1, "127.200.3.4:1"),
        ("http://localhost", "127.0.0.1", 80, "127.0.0.1:80"),
        ("http://[::1]:9000", "::1", 9000, "[::1]:9000"),
    ])
    func `a loopback address is a target`(
        url: String, host: String, port: Int, authority: String
    ) throws {
        let target = try LoadTestTarget(url: url)
        #expect(target.host == host)
        #expect(Int(target.port) == port)
        #expect(target.authority == authority)
    }

    @Test(arguments: [
        "http://10.0.0.1:8005", "http://128.0.0.1", "http://example.org", "http://[::2]:80",
        "http://127.0.0.1.example.org", "http://127.0.1", "http://127.0.0.256",
        "http://127.0.0.+1", "http://0.0.0.0:8005", "http://[::ffff:10.0.0.1]:80",
    ])
    func `another machine is refused, and the error says why`(url: String) {
        let error = #expect(throws: LoadTestError.self) { try LoadTestTarget(url: url) }
        #expect(error?.description.contains("127.0.0.0/8") == true)
    }

    @Test(arguments: [
        "https://127.0.0.1", "127.0.0.1:8005", "http://", "http://127.0.0.1:0",
        "http://127.0.0.1:65536", "http://127.0.0.1:8005/events", "http://127.0.0.1@10.0.0.1",
        "http://[::1", "http://127.0.0.1:1:2", "http://:8005",
    ])
    func `what is no plain address is refused`(url: String) {
        #expect(throws: LoadTestError.targetMalformed(url)) { try LoadTestTarget(url: url) }
    }

    @Test func `options without sense are named`() throws {
        var subscribers = SubscribersOptions(target: try LoadTestTarget(url: "http://127.0.0.1"))
        subscribers.durationSeconds = 1e9
        let tooLong = #expect(throws: LoadTestError.self) { try subscribers.check() }
        #expect(tooLong?.description.hasPrefix("duration") == true)
        var commands = CommandsOptions(target: try LoadTestTarget(url: "http://127.0.0.1"))
        commands.inFlight = 1
        let tooFew = #expect(throws: LoadTestError.self) { try commands.check() }
        #expect(tooFew?.description.hasPrefix("in-flight") == true)
        commands.inFlight = 32
        commands.runName = "Not A Name\r\n"
        #expect(throws: LoadTestError.self) { try commands.check() }
    }
}
