// The secret that tokens are signed with: given, or made once and kept where all instances of this
// hub find it: in Postgres when that is given, else in the data folder.

import Glibc
import Reactor
import Store
import Wire

/// Finds the secret.
enum TokenSecret {
    /// The secret for a configuration whose database is at `connection`.
    static func find(_ configuration: Configuration, connection: String?) throws -> [UInt8] {
        if let secret = configuration.jwtSecret { return Array(secret.utf8) }
        if configuration.databaseURL != nil, let connection {
            return try inPostgres(connection)
        }
        return try inFolder(configuration.dataDirectory)
    }

    private static func inPostgres(_ connection: String) throws -> [UInt8] {
        do throws(PostgresError) {
            let postgres = try BlockingPostgres(connection: connection)
            let secret = try Settings.settingOrInsert("jwt_secret", in: postgres) { make() }
            return Array(secret.utf8)
        } catch {
            throw Failure(exitCode: 69, "the token secret is not in Postgres: \(error.message)")
        }
    }

    private static func inFolder(_ folder: String) throws -> [UInt8] {
        let path = folder + "/jwt-secret"
        if let secret = Files.read(path), !secret.isEmpty { return secret }
        _ = unsafe mkdir(folder, 0o755)
        if Files.create(path, Array(make().utf8)) || Files.read(path) != nil,
            let secret = Files.read(path), !secret.isEmpty
        {
            return secret
        }
        throw Failure(exitCode: 78, "--data-dir: \(path) can't be written")
    }

    private static func make() -> String { Hex.encode(Entropy.bytes(32)) }
}
