// The program as an operator meets it: help, exit codes, and settings that are wrong by name.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct CommandLineTests {}
}

extension Upheaval.CommandLineTests {
    /// Runs the program to its end.
    private func hub(
        _ arguments: [String], settings: [String: String] = [:]
    ) throws
        -> (exitCode: Int32, output: String)
    {
        let environment = ChildProcess.plainEnvironment.merging(settings) { $1 }
        return try ChildProcess.run(
            [HubProgram.path] + arguments, environment: environment, timeoutSeconds: 20)
    }

    @Test func `help names every command and exits with 0`() throws {
        let (code, output) = try hub(["--help"])
        #expect(code == 0)
        for command in [
            "serve", "migrate", "user", "keys", "token", "check", "audit", "loadtest",
        ] {
            #expect(output.contains("  \(command) "), "\(output)")
        }
    }

    @Test func `the help of serve has every flag that the README lists, and no other`() throws {
        let (code, output) = try hub(["serve", "--help"])
        #expect(code == 0)
        let readme = try String(contentsOfFile: Checkout.path + "/README.md", encoding: .utf8)
        let listed = readme.matches(of: /\| `(--[a-z-]+)` \| `[A-Z_]+` \|/).map { String($0.1) }
        #expect(listed.count > 15)
        let shown = output.matches(of: /(?m)^  (--[a-z-]+)/).map { String($0.1) }
            .filter { $0 != "--version" }
        #expect(shown.sorted() == listed.sorted())
    }

    @Test func `the version is printed`() throws {
        let (code, output) = try hub(["--version"])
        #expect(code == 0 && output.first?.isNumber == true, "\(output)")
    }

    @Test(arguments: [
        ["dance"], ["serve", "--colour", "red"], ["token"], ["token", "--role", "admin"],
        ["audit", "verify", "--verifier-key", "x"],
    ])
    func `a command line that can't be is 64 with the usage`(arguments: [String]) throws {
        let (code, output) = try hub(arguments)
        #expect(code == 64)
        #expect(output.contains("Usage:"), "\(output)")
    }

    @Test(arguments: [
        ("HUB_PORT", "70000"), ("HUB_PORT", "eighty"), ("HUB_LOOPS", "0"),
        ("HUB_RATE_LIMIT", "100"), ("HUB_RATE_LIMIT", "0/60"), ("HUB_JWT_SECRET", "short"),
        ("HUB_LOG_LEVEL", "loud"), ("HUB_MAX_BODY", "1"), ("HUB_MAX_HEAD", "100000"),
        ("HUB_HEADER_TIMEOUT", "0"), ("HUB_PROCESSOR_LEASE", "0"), ("HUB_WEB_DIR", "/nowhere"),
        ("HUB_TRUSTED_PROXIES", "10.0.0.1/8"), ("HUB_TRUSTED_PROXIES", "::1,proxy.test"),
        ("HUB_FORWARDED_HEADER", "via"), ("HUB_PROXY_PROTOCOL", "on"),
        ("HUB_RATE_LIMIT_ROLE", "king=1/1"), ("HUB_RATE_LIMIT_ROLE", "admin=1/1,admin=off"),
        ("HUB_RATE_LIMIT_ROUTE", "POST auth=1/1"), ("HUB_RATE_LIMIT_ROUTE", "/auth=off"),
        ("HUB_RATE_LIMIT_MEMORY", "1"), ("HUB_HOST", ""), ("HUB_JWT_KEYS", "/nowhere"),
        ("HUB_JWT_KEYS", "/dev/null"),
        ("HUB_AUDIT_CHECKPOINT", "10"), ("HUB_AUDIT_CHECKPOINT", "0/10"),
    ])
    func `a setting that can't be used is named, and serve exits with 78`(
        name: String, value: String
    ) throws {
        for command in [["serve"], ["check", "--offline"]] {
            var settings = [name: value, "HUB_DATA_DIR": "/tmp/hub-test-none"]
            if value == "/dev/null" { settings["HUB_JWT_ISSUER"] = "https://idp.test" }
            if name == "HUB_HOST" { settings["HUB_HOST"] = nil }
            let flags = name == "HUB_HOST" ? ["--host", ""] : []
            let (code, output) = try hub(command + flags, settings: settings)
            #expect(code == 78, "\(output)")
            #expect(output.contains(name), "\(output)")
        }
    }

    @Test func `a host may be a name, and one without an address is named`() throws {
        for command in [["serve"], ["check", "--offline"]] {
            let (code, output) = try hub(
                command + ["--host", "not a name"],
                settings: ["HUB_DATA_DIR": "/tmp/hub-test-none"])
            #expect(code == 78, "\(output)")
            #expect(output.contains("--host: not a name has no address"), "\(output)")
        }
        let folder = try HubFolder()
        defer { folder.close() }
        let process = try HubProcess(folder, arguments: ["--host", "localhost"])
        #expect(process.readyLine.contains("http://localhost:\(process.port)/"))
        #expect(try process.client().get("/healthz").status == 200)
    }

    @Test func `a flag wins over the environment`() throws {
        let settings = ["HUB_PORT": "nonsense", "HUB_DATA_DIR": "/tmp/hub-test-none"]
        #expect(try hub(["check", "--offline"], settings: settings).exitCode == 78)
        let (code, _) = try hub(["check", "--offline", "--port", "0"], settings: settings)
        #expect(code == 0)
    }

    @Test func `check says that the settings are good and who may do what`() throws {
        let (code, output) = try hub(["check", "--offline"])
        #expect(code == 0)
        #expect(output.contains("settings: good"))
        let rows = output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains(["leads.write", "all", "own", "-", "-", "-", "-", "all"]))
        let roles = ["admin", "sales", "logistics", "agent", "compliance", "viewer", "service"]
        #expect(rows.contains(roles), "\(output)")
    }

    @Test func `token prints one token, which carries what was asked for`() throws {
        let settings = ["HUB_JWT_SECRET": TokenSigner.shared.secret]
        let (code, output) = try hub(
            ["token", "--subject", "me", "--role", "sales,viewer", "--ttl", "60"],
            settings: settings)
        #expect(code == 0)
        let parts = output.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ".")
        #expect(parts.count == 3)
        let claims = JSON(Self.decode(String(parts[1])))
        #expect(claims["sub"].string == "me")
        #expect(claims["roles"].strings.sorted() == ["sales", "viewer"])
        let lifetime = (claims["exp"].int ?? 0) - Int(Date().timeIntervalSince1970)
        #expect((55...61).contains(lifetime))
    }

    @Test(arguments: [
        (["--subject", "me", "--role", "king"], "king"),
        (["--subject", "", "--role", "admin"], "subject"),
        (["--subject", "me", "--role", "admin", "--ttl", "0"], "ttl"),
        (["--subject", "me", "--role", "admin,"], "role"),
    ])
    func `a token that would be refused is not made`(arguments: [String], named: String) throws {
        let (code, output) = try hub(
            ["token"] + arguments, settings: ["HUB_JWT_SECRET": TokenSigner.shared.secret])
        #expect(code == 64)
        #expect(output.contains(named), "\(output)")
    }

    @Test func `a data folder that can't be made is named`() throws {
        let settings = ["HUB_DATA_DIR": "/proc/nowhere/data", "HUB_PORT": "0"]
        let (code, output) = try hub(["serve"], settings: settings)
        #expect(code != 0 && code < 128, "\(code)")
        #expect(output.contains("--data-dir"), "\(output)")
    }

    @Test func `a port that is taken is named`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let first = try HubProcess(folder)
        let second = try HubFolder()
        defer { second.close() }
        let (code, output) = try hub(
            ["serve", "--port", "\(first.port)", "--data-dir", second.data])
        #expect(code == 71, "\(output)")
        #expect(output.contains(":\(first.port)"), "\(output)")
    }

    @Test func `a database that can't be reached is told, without its password`() throws {
        let settings = ["DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/none"]
        let (code, output) = try hub(["migrate"], settings: settings)
        #expect(code == 69, "\(output)")
        #expect(output.contains("Postgres can't be reached") && !output.contains("hunter2"))
        // A server waits for it, and says so.
        let folder = try HubFolder()
        defer { folder.close() }
        let process = try HubProcess(folder, settings: settings, startsNow: false)
        try process.launch()
        try waitUntil("the log says what is awaited") {
            process.line(with: "store.lost") != nil
        }
        #expect(!process.log.contains("hunter2"))
        process.kill()
    }

    @Test func `a hub that waits for Postgres ends at once when it is told to, with 143`() throws {
        // One refuses every connection, the other takes each and says nothing.
        let mute = try MuteServer()
        for port in [1, mute.port] {
            let folder = try HubFolder()
            defer { folder.close() }
            let process = try HubProcess(
                folder, settings: ["DATABASE_URL": "postgresql://me@127.0.0.1:\(port)/none"],
                startsNow: false)
            try process.launch()
            try waitUntil("it waits") {
                port == 1 ? process.line(with: "store.lost") != nil : mute.isAwaited
            }
            process.terminate()
            #expect(try process.waitForExit(timeoutSeconds: 3) == 143)
        }
    }

    @Test func `a hub that waits for its private cluster ends when it is told to`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let process = try HubProcess(folder, startsNow: false)
        // As if another hub were starting the server, for as long as this test wants.
        let lock = open(folder.data + "/start.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX) == 0)
        try process.launch()
        let pid = try #require(process.pid)
        try waitUntil("it looks at the lock") {
            let open = "/proc/\(pid)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: open).contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: open + "/" + $0))?
                    .hasSuffix("start.lock") ?? false
            }
        }
        process.terminate()
        #expect(try process.waitForExit(timeoutSeconds: 3) == 143)
        #expect(folder.postmaster == nil)
    }

    private static func decode(_ text: String) -> [UInt8] {
        let standard = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.count % 4) % 4)
        return Data(base64Encoded: padded).map(Array.init) ?? []
    }
}
