// Secrets that are made once and kept where all instances of this hub find them: in Postgres when
// that is given, else in the data folder.

import Gateway
import Glibc
import Reactor
import Store
import Wire

/// A secret of 32 random bytes, kept as hexadecimal digits, or the keys that sign tokens.
enum KeptSecret: String {
    case tokens = "the token secret"
    case signingKeys = "the token keys"
    case auditTrail = "the audit trail's key"

    /// What it is called among the settings in Postgres.
    private var settingName: String {
        switch self {
        case .tokens: "jwt_secret"
        case .signingKeys: "token_keys"
        case .auditTrail: "audit_key"
        }
    }

    /// What its file in the data folder is called.
    private var fileName: String {
        switch self {
        case .tokens: "jwt-secret"
        case .signingKeys: "token-keys"
        case .auditTrail: "audit-key"
        }
    }

    /// The text that is kept, for a configuration whose database is at `connection`.
    func find(_ configuration: Configuration, connection: String?) throws -> [UInt8] {
        if configuration.databaseURL != nil, let connection {
            return try inPostgres(connection)
        }
        return try inFolder(configuration.dataDirectory)
    }

    private func inPostgres(_ connection: String) throws -> [UInt8] {
        do throws(PostgresError) {
            let postgres = try BlockingPostgres(connection: connection)
            let secret = try Settings.settingOrInsert(settingName, in: postgres) {
                make()
            }
            return Array(secret.utf8)
        } catch {
            throw Failure(exitCode: 69, "\(rawValue) is not in Postgres: \(error.message)")
        }
    }

    private func inFolder(_ folder: String) throws -> [UInt8] {
        let path = folder + "/" + fileName
        if let secret = Files.read(path), !secret.isEmpty { return secret }
        _ = unsafe mkdir(folder, 0o755)
        if Files.create(path, Array(make().utf8)) || Files.read(path) != nil,
            let secret = Files.read(path), !secret.isEmpty
        {
            return secret
        }
        throw Failure(exitCode: 78, "--data-dir: \(path) can't be written")
    }

    private func make() -> String {
        let secret = Entropy.bytes(32)
        return switch self {
        case .tokens, .auditTrail: Hex.encode(secret)
        case .signingKeys:
            OwnKeys(secret: secret, atSeconds: Clock.realtimeMilliseconds() / 1000).text
        }
    }

    /// Puts a text in the place of another; false when it is not that one any more.
    func replace(
        _ old: [UInt8], with new: [UInt8], _ configuration: Configuration, connection: String?
    ) throws -> Bool {
        guard configuration.databaseURL != nil, let connection else {
            let path = configuration.dataDirectory + "/" + fileName
            guard let isDone = Files.replace(path, old, with: new) else {
                throw Failure(exitCode: 78, "--data-dir: \(path) can't be written")
            }
            return isDone
        }
        do throws(PostgresError) {
            let postgres = try BlockingPostgres(connection: connection)
            return try Settings.replace(
                settingName, String(decoding: old, as: UTF8.self),
                with: String(decoding: new, as: UTF8.self), in: postgres)
        } catch {
            throw Failure(exitCode: 69, "\(rawValue) is not in Postgres: \(error.message)")
        }
    }
}
