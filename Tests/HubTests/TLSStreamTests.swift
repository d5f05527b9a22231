// Streams over TLS: real clients read them, slow readers are dealt with as without, a certificate
// is replaced under them, and a successor takes the sockets over.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .tlsHub(["HUB_LOOPS": "1"]))
    struct TLSStreamTests {
        let hub: TLSHub

        init() throws { hub = try TLSHub.current() }
    }
}

extension EndToEnd.TLSStreamTests {
    @Test func `a browser follows by EventSource and WebSocket, and shows the page`() throws {
        let browser = try Browser(takesAnyCertificate: true)
        defer { browser.close() }
        try browser.open("https://127.0.0.1:\(hub.port)/#token=\(hub.hub.admin)")
        try waitUntil("the page is live", timeoutSeconds: 20) {
            try browser.count("#connection[data-state=live]") == 1
        }
        _ = try browser.run(
            """
            const query = '?access_token=\(hub.hub.admin)';
            window.seen = [];
            window.source = new EventSource('/events' + query);
            window.source.addEventListener('lead_created', (e) => window.seen.push('sse'));
            window.source.onopen = () => window.seen.push('open');
            window.socket = new WebSocket(`wss://${location.host}/ws` + query);
            window.socket.onmessage = (e) => window.seen.push(JSON.parse(e.data).op);
            """)
        func seen() throws -> [String] {
            try browser.run("return window.seen").strings.sorted()
        }
        try waitUntil("both are open") { try seen() == ["open", "ready"] }
        let id = try hub.hub.makeLead()
        try waitUntil("both have the event") {
            try seen() == ["event", "open", "ready", "sse"]
        }
        try waitUntil("the page has it") {
            try browser.count("#leads-list > li.lead-row[data-lead-id='\(id)']") == 1
        }
        #expect(try browser.errors() == [])
    }

    @Test func `Python's websockets follows by wss and checks the certificate`() throws {
        let script = """
            import asyncio, json, ssl, sys, websockets
            async def main():
                trust = ssl.create_default_context(cafile=sys.argv[2])
                async with websockets.connect(sys.argv[1], ssl=trust) as socket:
                    async for message in socket:
                        message = json.loads(message)
                        print(message["op"], flush=True)
                        if message["op"] == "event":
                            break
            asyncio.run(main())
            """
        let client = try RunningClient([
            "/usr/bin/python3", "-u", "-c", script,
            "wss://localhost:\(hub.port)/ws?access_token=\(hub.hub.admin)",
            hub.authority.certificate,
        ])
        defer { client.end() }
        try waitUntil("it is ready: \(client.output)", timeoutSeconds: 20) {
            client.output.contains("ready")
        }
        _ = try hub.hub.makeLead()
        #expect(try client.waitForExit() == 0, "\(client.output)")
        #expect(client.output.contains("event"))
    }

    @Test func `the certificate is replaced while streams go on, and a bad one is not`() throws {
        try TLSHub.run { hub, process in
            #expect(try hub.serial() == "serial=4801")
            let stream = EventStreamReader(port: hub.port, token: hub.hub.admin)
            let socket = WebSocketReader(port: hub.port, token: hub.hub.admin)
            try stream.connect()
            try socket.connect()
            _ = try socket.next(op: "ready")
            func check(_ position: Int) throws {
                _ = try hub.hub.makeLead()
                #expect(try stream.next()?.id.hasSuffix("-\(position)") == true)
                _ = try socket.next(op: "event")
                #expect(socket.lastID.hasSuffix("-\(position)"))
            }
            func hangUp() throws { kill(try #require(process.pid), SIGHUP) }
            try check(1)
            try hub.authority.make(serial: 0x4802)
            try hangUp()
            try waitUntil("the second one is shown") { try hub.serial() == "serial=4802" }
            try check(2)
            // Without a signal the files are looked at every second.
            try hub.authority.make(serial: 0x4803)
            try waitUntil("the third one is shown") { try hub.serial() == "serial=4803" }
            try check(3)

            let good = try String(contentsOfFile: hub.authority.key, encoding: .utf8)
            try hub.authority.make(serial: 0x4899, name: "other")
            for (bad, reason) in [
                (
                    try String(
                        contentsOfFile: hub.authority.folder + "/other.key", encoding: .utf8),
                    "is not the key of the certificate"
                ), ("nonsense", "has no private key in PEM"),
            ] {
                try bad.write(toFile: hub.authority.key, atomically: true, encoding: .utf8)
                try hangUp()
                try waitUntil("it is refused: \(reason)") {
                    process.line(with: "HUB_TLS_KEY: \(hub.authority.key) \(reason)") != nil
                }
                #expect(try hub.serial() == "serial=4803")
            }
            try good.write(toFile: hub.authority.key, atomically: true, encoding: .utf8)
            try hangUp()
            try waitUntil("the good one is read again") {
                process.log.components(separatedBy: "certificate_reloaded").count > 3
            }
            try check(4)
        }
    }

    private static let slow = [
        "HUB_SLOW_TIME": "1", "HUB_LOOPS": "1", "HUB_LOG_MEMORY": "1048576",
        "HUB_DRAIN_TIMEOUT": "1",
    ]

    @Test func `who reads late gets everything once and in order, whatever waited in records`()
        throws
    {
        let type = Sample.type()
        let head = try hub.hub.head().split(separator: "-").last.flatMap { Int($0) }
        let first = try #require(head) + 1
        let readers = ["", "&policy=skip"].map { policy in
            EventStreamReader(
                port: hub.port, token: hub.hub.admin, target: "/events?types=\(type)\(policy)")
        }
        for reader in readers { try reader.connect() }
        try hub.plain.flood(1_500, type: type)
        try waitUntil("their sockets are full") {
            try hub.metric("hub_streams_blocked") == 2
        }
        for reader in readers {
            for position in first..<first + 1_500 {
                let event = try #require(try reader.next())
                guard event.event == type, event.id.hasSuffix("-\(position)") else {
                    Issue.record("\(event.event) \(event.id) at \(position)")
                    return
                }
            }
        }
    }

    @Test func `who stands still is ended, led to the head or given the newest, as without TLS`()
        throws
    {
        try TLSHub.run(Self.slow) { hub, _ in
            let type = Sample.type()
            let ended = WebSocketReader(
                port: hub.port, token: hub.hub.admin, target: "/ws?types=\(type)")
            try ended.connect()
            _ = try ended.next(op: "ready")
            let skipping = try EventBlocks(hub.hub, "/events?policy=skip&types=\(type)")
            _ = try skipping.next()
            let newest = try EventBlocks(hub.hub, "/events?policy=latest&types=\(type)")
            _ = try newest.next()
            try hub.plain.flood(1_500, type: type)
            try waitUntil("the hub has noticed", timeoutSeconds: 10) {
                try hub.metric(#"hub_slow_readers_total{outcome="ended"}"#) == 1
                    && hub.metric(#"hub_slow_readers_total{outcome="standing"}"#) == 2
            }
            var code: UInt16?
            var last = 0
            while code == nil, let arrival = try ended.next() {
                switch arrival {
                case .close(let closed, _): code = closed
                case .message("event", _):
                    last += 1
                    #expect(ended.lastID.hasSuffix("-\(last)"))
                default: break
                }
            }
            #expect(code == 4408 && last > 0 && last < 1_500)
            let gap = try read(skipping, until: { $0["event"] == "gap" })
            #expect(gap.json["reason"].string == "slow")
            #expect(gap["id"]?.hasSuffix("-1500") == true)
            // It goes on behind what its socket held, which is far less than there is.
            var count = 0
            _ = try read(newest) { _ in
                count += 1
                return count == 600
            }
        }
    }

    /// Reads on, in order, to the first block that is asked for.
    private func read(
        _ stream: EventBlocks, until isLast: (EventBlocks.Block) -> Bool
    ) throws -> EventBlocks.Block {
        var last = 0
        while true {
            let block = try stream.nextEvent()
            let id = try #require(block["id"].flatMap { Int($0.split(separator: "-")[1]) })
            try #require(id > last, "\(id) behind \(last)")
            last = id
            if isLast(block) { return block }
        }
    }

    @Test func `a proxy's header comes before the handshake, and the client is whom it names`()
        throws
    {
        let settings = ["HUB_TRUSTED_PROXIES": "127.0.0.1", "HUB_PROXY_PROTOCOL": "true"]
        try TLSHub.run(settings.merging(["HUB_PORT": "off"]) { $1 }) { hub, _ in
            let url = "https://localhost:\(hub.port)/version"
            let trust = ["--silent", "--show-error", "--cacert", hub.authority.certificate, url]
            for (arguments, works) in [(["--haproxy-protocol"], true), ([], false)] {
                let (code, output) = try ChildProcess.run(
                    ["/usr/bin/curl"] + arguments + trust,
                    environment: ChildProcess.plainEnvironment)
                #expect((code == 0) == works, "\(output)")
            }
            let preface = ["PROXY TCP4 203.0", ".113.9 10.0.0.1 5 80\r\n"]
            let socket = try TestSocket(port: hub.port, preface: preface)
            try socket.send(
                "GET /events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(hub.hub.admin)\r\n\r\n")
            _ = try socket.receive(through: Array("\r\n\r\n".utf8), until: Deadline(seconds: 10))
            let other = try TestSocket(port: hub.port, preface: preface)
            try other.send(
                "GET /admin/connections HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    + "Authorization: Bearer \(hub.hub.admin)\r\n\r\n")
            let answer = try other.receiveToEnd(until: Deadline(seconds: 10))
            #expect(String(decoding: answer, as: UTF8.self).contains("203.0.113.9"))
        }
    }
}

extension Upheaval {
    @Suite(.serialized) struct TLSUpheavalTests {}
}

extension Upheaval.TLSUpheavalTests {
    @Test func `a successor takes the sockets of TLS over, too, and nobody notices`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let port = try TestPort.free()
        SecurePorts.insert(port)
        let settings = try TLSAuthority(folder).settings(port: port)
        var hub = try HubProcess(folder, settings: settings.merging(["HUB_LOOPS": "2"]) { $1 })
        let load = Load(
            token: try hub.token(for: "admin"), followers: [[port], [port], [hub.port]],
            writers: [[port], [port], [hub.port]])
        for loops in [1, 2] {
            try load.waitForAnswers(60)
            let next = try HubProcess(
                folder,
                settings: settings.merging(["HUB_TAKEOVER": "true", "HUB_LOOPS": "\(loops)"]) {
                    $1
                },
                port: hub.port)
            #expect(try hub.waitForExit(timeoutSeconds: 20) == 0)
            hub = next
        }
        try load.waitForAnswers(60)
        let report = try load.finish(on: hub)
        #expect(report.violations == [])
        #expect(report.lostCount == 0 && report.unavailableCount == 0)
        #expect(report.followers.allSatisfy { $0.connectionCount >= 3 })
    }

    @Test func `a certificate or key that can't be used is named with its setting`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let authority = try TLSAuthority(folder)
        try authority.make(serial: 2, name: "other")
        let other = folder.path + "/other.key"
        func expect(_ settings: [String: String], _ reason: String) throws {
            let (code, output) = try ChildProcess.run(
                [HubProgram.path, "serve"],
                environment: ChildProcess.plainEnvironment.merging(settings) { $1 })
            #expect(code == 78, "\(output)")
            #expect(output.contains(reason), "\(output)")
        }
        let (certificate, key) = (authority.certificate, authority.key)
        try expect(["HUB_TLS_KEY": key], "HUB_TLS_KEY: needs HUB_TLS_CERTIFICATE")
        try expect(["HUB_TLS_CERTIFICATE": key], "HUB_TLS_CERTIFICATE: needs HUB_TLS_KEY")
        try expect(["HUB_PORT": "off"], "HUB_PORT: off needs HUB_TLS_CERTIFICATE")
        for (files, reason) in [
            ((certificate, other), "HUB_TLS_KEY: \(other) is not the key of the certificate"),
            ((key, key), "HUB_TLS_CERTIFICATE: \(key) has no certificate in PEM"),
            ((certificate, certificate), "HUB_TLS_KEY: \(certificate) has no private key in PEM"),
            (("/no/such", key), "HUB_TLS_CERTIFICATE: /no/such can't be read: No such file"),
        ] {
            try expect(
                ["HUB_TLS_CERTIFICATE": files.0, "HUB_TLS_KEY": files.1], reason)
        }
        try expect(
            [
                "HUB_TLS_CERTIFICATE": certificate, "HUB_TLS_KEY": key, "HUB_TLS_PORT": "8005",
            ], "HUB_TLS_PORT: must be another port")
    }
}
