// What the tests of TLS need: certificates that the `openssl` command makes at test time, hubs that
// show them, and what that command says of a connection.

import Foundation
import Support
import Testing

/// Certificates in a folder, each a file and its key.
struct TLSAuthority {
    let folder: String

    /// The paths of a certificate and its key.
    var certificate: String { folder + "/tls.pem" }
    var key: String { folder + "/tls.key" }

    /// Makes the first certificate in a hub's folder.
    init(_ folder: HubFolder) throws {
        self.folder = folder.path
        try make()
    }

    /// Makes a certificate for this machine, with a serial of its own, and signs it by itself.
    ///
    /// It is put in place of whatever is there.
    @discardableResult
    func make(serial: Int = 0x4801, name: String = "tls") throws -> TLSAuthority {
        let (code, output) = try ChildProcess.run(
            [
                "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-set_serial", "\(serial)", "-out", folder + "/new.pem", "-keyout",
                folder + "/new.key",
            ], environment: ChildProcess.plainEnvironment)
        guard code == 0 else { throw ProcessFailure("openssl req: \(output)") }
        for kind in ["pem", "key"] {
            guard rename("\(folder)/new.\(kind)", "\(folder)/\(name).\(kind)") == 0 else {
                throw ProcessFailure("rename: \(errno)")
            }
        }
        return self
    }

    /// What a hub is told to show this certificate at a port.
    func settings(port: Int) -> [String: String] {
        [
            "HUB_TLS_CERTIFICATE": certificate, "HUB_TLS_KEY": key, "HUB_TLS_PORT": "\(port)",
            "HUB_JWT_SECRET": TokenSigner.shared.secret,
        ]
    }
}

/// A hub that speaks both ways.
final class TLSHub: Sendable {
    @TaskLocal private static var inScope: TLSHub?

    let authority: TLSAuthority
    /// Its clients speak TLS.
    let hub: RunningHub
    /// The same hub, spoken to plainly.
    let plain: RunningHub
    var port: Int { hub.port }

    private init(_ process: HubProcess, _ authority: TLSAuthority, port: Int) {
        self.authority = authority
        plain = RunningHub(process)
        hub = RunningHub(process, port: port)
    }

    /// The hub of the suite that runs.
    static func current() throws -> TLSHub { try #require(inScope) }

    /// Starts a hub in a folder.
    private static func start(
        _ folder: HubFolder, _ settings: [String: String]
    ) throws -> (TLSHub, HubProcess) {
        let authority = try TLSAuthority(folder)
        let port = try TestPort.free()
        SecurePorts.insert(port)
        let process = try HubProcess(
            folder, settings: authority.settings(port: port).merging(settings) { $1 })
        return (TLSHub(process, authority, port: port), process)
    }

    /// Ends a hub, and looks that it ended well.
    private static func end(_ process: HubProcess) throws {
        process.terminate()
        let code = try process.waitForExit()
        #expect(code == 0, "the hub ended with \(code): \(process.log.suffix(2000))")
    }

    /// Gives a hub to a test and ends it.
    static func run(
        _ settings: [String: String] = [:], _ body: (TLSHub, HubProcess) throws -> Void
    ) throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let (hub, process) = try start(folder, settings)
        try body(hub, process)
        try end(process)
    }

    /// Gives a hub to the tests of a suite and ends it.
    static func provide(
        _ settings: [String: String], _ function: @Sendable () async throws -> Void
    ) async throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let (hub, process) = try start(folder, settings)
        try await $inScope.withValue(hub) { try await function() }
        try end(process)
    }

    private static let request = "GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    /// What `openssl s_client` says when it sends a request, or nothing, and the hub answers.
    func openssl(
        _ arguments: [String], input: String = TLSHub.request
    ) throws -> String {
        let script =
            #"printf "$INPUT" | timeout 10 /usr/bin/openssl s_client -ign_eof -connect "#
            + "127.0.0.1:\(port) " + arguments.joined(separator: " ") + " 2>&1"
        var environment = ChildProcess.plainEnvironment
        environment["INPUT"] = input
        return try ChildProcess.run(["/bin/sh", "-c", script], environment: environment).output
    }

    /// What `openssl s_client` says when it is given one of its commands, and then a request as
    /// soon as it has told of that.
    func commanding(_ command: String, _ arguments: String = "") throws -> String {
        let said = authority.folder + "/said"
        let script = """
            rm -f \(said); : > \(said)
            timeout 10 /usr/bin/openssl s_client \(arguments) -connect 127.0.0.1:\(port) \
                >\(said) 2>&1 < <(
                    echo \(command)
                    for _ in {1..100}; do
                        grep -qE 'KEYUPDATE|renegotiation' \(said) && break; sleep 0.05
                    done
                    printf "$INPUT"; exec sleep 10 2>/dev/null)
            cat \(said)
            """
        var environment = ChildProcess.plainEnvironment
        environment["INPUT"] = TLSHub.request
        return try ChildProcess.run(
            ["/bin/bash", "-c", script], environment: environment
        ).output
    }

    /// The serial number of the certificate that newcomers are shown.
    func serial() throws -> String {
        let script =
            "timeout 10 /usr/bin/openssl s_client -connect 127.0.0.1:\(port) </dev/null "
            + "2>/dev/null | /usr/bin/openssl x509 -noout -serial"
        return try ChildProcess.run(
            ["/bin/sh", "-c", script], environment: ChildProcess.plainEnvironment
        ).output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A number among the metrics.
    func metric(_ name: String) throws -> Int {
        let text = try plain.get("/metrics").text
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return try #require(line.flatMap { Int($0.split(separator: " ")[1]) }, "no \(name)")
    }

    /// Handshakes that came to something.
    func handshakes(_ outcome: String) throws -> Int {
        try metric(#"hub_tls_handshakes_total{outcome="\#(outcome)"}"#)
    }
}

/// Gives a suite its hub.
struct TLSHubTrait: SuiteTrait, TestScoping {
    let settings: [String: String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await TLSHub.provide(settings, function)
    }
}

extension Trait where Self == TLSHubTrait {
    /// A hub for the suite that speaks TLS, too.
    static func tlsHub(_ settings: [String: String]) -> Self { TLSHubTrait(settings: settings) }
}
