// The hub behind nginx, with the configuration that the project ships: streams of both kinds arrive
// at once and whole, compressed or not, and so do commands.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .enabled(if: Nginx.isInstalled, "nginx is not installed"))
    struct NginxTests {
        @Test func `readers of every kind get everything through nginx, as it comes`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let nginx = try Nginx(before: hub.port, in: folder.path)
            defer { nginx.stop() }
            let token = try hub.token(for: "admin")
            let (code, output) = try ChildProcess.run(
                [HubProgram.path, "loadtest", "mix", "--url", "http://127.0.0.1:\(nginx.port)"]
                    + ["--token", token, "--duration", "3", "-n", "28", "--slow", "0", "--strict"]
                    + ["--json", "--quiet"])
            let report = JSON(output.utf8)
            #expect(code == 0 && report["clean"].bool == true, "\(output)")
            #expect(report["unanswered"].int == 0 && report["cuts"].int ?? 0 > 0, "\(output)")
        }

        @Test func `a single event arrives while its stream is open`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let nginx = try Nginx(before: hub.port, in: folder.path)
            defer { nginx.stop() }
            let token = try hub.token(for: "admin")
            let socket = WebSocketReader(port: nginx.port, token: token)
            try socket.connect()
            _ = try socket.next(op: "ready")
            // curl reads until the event is there, or until it gives up.
            let url = "http://127.0.0.1:\(nginx.port)/events?access_token=\(token)"
            let path = folder.path + "/events"
            let curl = try ChildProcess(
                ["curl", "--silent", "--no-buffer", "--compressed", "--max-time", "20", url],
                environment: ChildProcess.plainEnvironment, output: path)
            func received() -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
            try waitUntil("the stream is open") { received().contains("retry:") }
            let client = TestClient(port: nginx.port, token: token)
            #expect(try client.post("/crm/leads", #"{"name":"Proxied"}"#).status == 201)
            try waitUntil("the event is there") { received().contains("Proxied") }
            let event = try socket.next(op: "event")
            #expect(String(decoding: event.bytes, as: UTF8.self).contains("Proxied"))
            curl.signal(SIGTERM)
            _ = try curl.waitForExit(timeoutSeconds: 5)
            let log = try String(contentsOfFile: folder.path + "/access.log", encoding: .utf8)
            #expect(log.contains("POST /crm/leads") && !log.contains(token))
        }

        @Test func `clients keep their own addresses and quotas through nginx`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(
                folder,
                settings: ["HUB_TRUSTED_PROXIES": "127.0.0.1", "HUB_RATE_LIMIT": "5/600"])
            let nginx = try Nginx(before: hub.port, in: folder.path)
            defer { nginx.stop() }
            /// The statuses of seven requests from an address, with what it says of itself.
            func statuses(_ address: String) throws -> [String] {
                try ChildProcess.run([
                    "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}\\n",
                    "--interface", address, "--header", "X-Forwarded-For: 203.0.113.5",
                    "--header", "Forwarded: for=203.0.113.5",
                    "http://127.0.0.1:\(nginx.port)/version?number=[1-7]",
                ]).output.split(separator: "\n").map(String.init)
            }
            let exact = Array(repeating: "200", count: 5) + ["429", "429"]
            #expect(try statuses("127.0.0.2") == exact)
            #expect(try statuses("127.0.0.3") == exact)
            let token = try hub.token(for: "admin")
            let stream = try ChildProcess([
                "curl", "--silent", "--no-buffer", "--max-time", "20", "--interface", "127.0.0.4",
                "http://127.0.0.1:\(nginx.port)/events?access_token=\(token)",
            ])
            defer { stream.signal(SIGKILL) }
            let metrics = TestClient(port: hub.port)
            try waitUntil("the stream is open") {
                try metrics.get("/metrics").text.contains("hub_streams{transport=\"sse\"} 1\n")
            }
            let open = JSON(
                try hub.client(token).get("/admin/connections").body)["data"].array
            #expect(open.map { $0["address"].string } == ["127.0.0.4"])
        }
    }
}

/// nginx with the shipped configuration, before a hub of a test.
private final class Nginx {
    let port: Int
    private let process: ChildProcess

    /// Where Debian has it.
    private static let program = "/usr/sbin/nginx"

    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)

    init(before hubPort: Int, in folder: String) throws {
        port = try TestPort.free()
        let shipped = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/nginx.conf")
        let server = try String(contentsOf: shipped, encoding: .utf8)
            .replacingOccurrences(of: "127.0.0.1:8005", with: "127.0.0.1:\(hubPort)")
            .replacingOccurrences(of: "listen 80;", with: "listen 127.0.0.1:\(port);")
            .replacingOccurrences(of: "/var/log/nginx/hub.log", with: folder + "/access.log")
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(folder)/\($0);"
        }.joined(separator: "\n")
        let configuration = """
            daemon off;
            master_process off;
            pid \(folder)/nginx.pid;
            events { worker_connections 1024; }
            http {
            \(temporary)
            \(server)
            }
            """
        let path = folder + "/nginx.conf"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        process = try ChildProcess(
            [Nginx.program, "-c", path, "-e", folder + "/error.log"],
            environment: ChildProcess.plainEnvironment, output: folder + "/nginx.out")
        let port = self.port
        try waitUntil("nginx answers") {
            (try? TestClient(port: port).get("/healthz").status) == 200
        }
    }

    func stop() {
        process.signal(SIGKILL)
        _ = try? process.waitForExit(timeoutSeconds: 5)
    }
}
