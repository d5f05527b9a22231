// `hub migrate`: brings the database to this program's schema, as `hub serve` does at its start.

import ArgumentParser
import Store

/// Migrates and says from which version to which.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database to this program's schema.")

    @OptionGroup var data: DataOptions

    func run() throws {
        do {
            let configuration = try Configuration.read(data.flags)
            let log = try JSONLog(level: .error)
            defer { log.close() }
            let database = try Database(configuration, log: log)
            defer { database.close() }
            let versions = try Database.migrate(database.connection)
            print("schema \(versions.from) → \(versions.to)")
        } catch let failure as Failure {
            failure.exit()
        }
    }
}
