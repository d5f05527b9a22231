// `hub audit verify`: whether the audit trail is as it was sealed, without a running hub.

import ArgumentParser
import Domain
import Store
import Wire

/// What can be done with the audit trail.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Verify the audit trail.",
        subcommands: [AuditVerifyCommand.self])
}

/// Verifies the audit trail.
struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare the audit trail with its seals and its signed checkpoints.",
        discussion: """
            Prints what is sealed and where it breaks. Exit codes: 0, it is whole; 1, it is not; \
            64, a bad command line; 69, Postgres can't be reached; 78, a bad setting.
            """)

    @OptionGroup var data: DataOptions

    @Option(help: "File of the checkpoints outside of Postgres (default as for serve).")
    var auditFile: String?

    @Option(help: "The key they must be signed with, as GET /audit/checkpoint shows it.")
    var verifierKey: String?

    /// Nobody else is served here: it reads as fast as two cores let it.
    private static let readerCount = 2

    func validate() throws {
        if let verifierKey, VerifierKey.read(verifierKey) == nil {
            throw ValidationError("--verifier-key must be \(AuditCheckpoint.origin)+<id>+<key>")
        }
    }

    func run() throws {
        do {
            var flags = data.flags
            flags[.auditFile] = auditFile
            let configuration = try Configuration.read(flags)
            let log = try JSONLog(level: .error)
            defer { log.close() }
            let database = try Database(configuration, log: log)
            defer { database.close() }
            let report = try verify(configuration, database.connection)
            AuditVerifyCommand.show(report)
            // Whoever asks in a script reads the code alone.
            if !report.isGood { throw ExitCode(1) }
        } catch let failure as Failure {
            failure.exit()
        }
    }

    private func verify(
        _ configuration: Configuration, _ connection: String
    ) throws -> AuditReport {
        let tools =
            try verifierKey.flatMap { VerifierKey.read($0) }.map { AuditKey.tools(publicKey: $0) }
            ?? AuditKey.tools(configuration, connection: connection)
        do throws(PostgresError) {
            return try AuditExamination(
                connection: connection, name: "hub audit verify", tools: tools,
                checkpointFile: configuration.auditFile,
                readerCount: AuditVerifyCommand.readerCount
            ).run()
        } catch {
            throw Failure(exitCode: 69, "the audit trail can't be read: \(error.message)")
        }
    }

    private static func show(_ report: AuditReport) {
        print("sealed: \(report.size) rows, root \(Base64.encode(report.root.bytes))")
        print("waiting for their seal: \(report.unsealed) rows")
        print(
            "checkpoints: \(report.checkpointCount) in Postgres, \(report.outsideCount) outside, "
                + "the last over \(report.checkpointSize) rows")
        for finding in report.findings {
            let last = finding.last > finding.number ? "–\(finding.last)" : ""
            let other = finding.other.map { " ↔ \($0)" } ?? ""
            print("\(finding.kind.rawValue): \(finding.number)\(last)\(other)")
        }
        let more = report.findingCount - report.findings.count
        if more > 0 { print("and \(more) more") }
        print(report.isGood ? "the trail is whole" : "the trail is broken")
    }
}

/// A public key as signed notes write it (c2sp.org/signed-note): name, id and key.
enum VerifierKey {
    /// The key's bytes; nil for anything that is no key of Ed25519 of this log.
    static func read(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: "+", maxSplits: 2).map(String.init)
        guard parts.count == 3, parts[0] == AuditCheckpoint.origin,
            let key = Base64.decode(parts[2]), key.count == 33, key[0] == AuditTools.keyKind
        else { return nil }
        let bytes = Array(key[1...])
        return AuditKey.tools(publicKey: bytes).verifierKey == text ? bytes : nil
    }
}
